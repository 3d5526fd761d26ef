using System.Reflection;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Interop;

public sealed class HostFactsTests
{
    [Fact]
    public void A_new_context_has_no_seed_and_runs_on_the_cpu() =>
        Assert.Equal(new HostFacts(null, null, false), HostFacts.Of(new MLContext()));

    [Fact]
    public void Settings_of_the_context_are_read_from_it_and_from_its_hosts()
    {
        var context = new MLContext(seed: 7) { GpuDeviceId = 2, FallbackToCpu = true };
        var expected = new HostFacts(7, 2, true);

        Assert.Equal(expected, HostFacts.Of(context));
        Assert.Equal(expected, HostFacts.Of(((IHostEnvironment)context).Register("host")));
    }

    [Fact]
    public void Temporary_files_go_to_the_folder_of_the_context_and_by_default_to_that_of_the_system()
    {
        var context = new MLContext();
        Assert.Equal(Path.GetTempPath(), HostFacts.TempFilePath(context));

        context.TempFilePath = AppContext.BaseDirectory;
        Assert.Equal(AppContext.BaseDirectory, HostFacts.TempFilePath(context));
    }

    [Fact]
    public void Later_changes_are_seen_on_the_context_only()
    {
        var context = new MLContext();
        IHost host = ((IHostEnvironment)context).Register("host");

        context.GpuDeviceId = 1;

        Assert.Equal(1, HostFacts.Of(context).GpuDeviceId);
        Assert.Null(HostFacts.Of(host).GpuDeviceId);
    }

    [Fact]
    public void Cancelling_the_context_is_seen_by_a_host_made_before_and_by_its_own_hosts()
    {
        var context = new MLContext();
        IHost host = ((IHostEnvironment)context).Register("host");
        IHost inner = host.Register("inner");
        Assert.False(HostFacts.IsCanceled(host));

        Cancel(context);

        Assert.True(HostFacts.IsCanceled(host));
        Assert.True(HostFacts.IsCanceled(inner));
        GC.KeepAlive(inner);
    }

    [Fact]
    public void Cancelling_on_another_thread_ends_a_running_loop()
    {
        var context = new MLContext();
        IHost host = ((IHostEnvironment)context).Register("host");
        using var running = new ManualResetEventSlim();
        var loop = new Thread(() =>
        {
            while (!HostFacts.IsCanceled(host))
            {
                running.Set();
                Thread.Yield();
            }
        });
        loop.Start();
        running.Wait();

        Cancel(context);

        loop.Join();
        Assert.True(HostFacts.IsCanceled(host));
    }

    [Fact]
    public void A_cancelled_context_stays_cancelled_for_hosts_made_later()
    {
        var context = new MLContext();
        Cancel(context);

        Assert.True(HostFacts.IsCanceled(((IHostEnvironment)context).Register("host")));
        Assert.False(HostFacts.IsCanceled(((IHostEnvironment)new MLContext()).Register("host")));
    }

    private static void Cancel(MLContext context) => typeof(MLContext)
        .GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!
        .Invoke(context, null);
}
