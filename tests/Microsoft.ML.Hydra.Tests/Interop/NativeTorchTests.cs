using Microsoft.ML.Hydra.Interop;
using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Interop;

public sealed class NativeTorchTests
{
    [Fact]
    public void Torch_computes_once_it_is_loaded()
    {
        NativeTorch.EnsureLoaded();

        using torch.Tensor sum = torch.ones(2).sum();

        Assert.Equal(2f, sum.item<float>());
    }

    [Fact]
    public void Many_threads_may_ask_at_once()
    {
        Parallel.For(0, 16, _ =>
        {
            NativeTorch.EnsureLoaded();
            using torch.Tensor zero = torch.zeros(1);
            Assert.Equal(0f, zero.item<float>());
        });
    }
}
