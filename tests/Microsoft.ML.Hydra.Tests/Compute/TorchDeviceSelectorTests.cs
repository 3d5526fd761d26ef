using Microsoft.ML.Hydra.Compute;
using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Compute;

public sealed class TorchDeviceSelectorTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_an_index_the_cpu_is_chosen_and_no_gpu_is_touched(bool fallbackToCpu)
    {
        TorchDeviceChoice choice = TorchDeviceSelector.Choose(
            null, fallbackToCpu, () => throw new InvalidOperationException(), () => throw new InvalidOperationException());

        Assert.Equal(DeviceType.CPU, choice.Device.type);
        Assert.Equal("CPU", choice.Description);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    [InlineData(2, 3)]
    public void The_index_is_honoured(int index, int count)
    {
        TorchDeviceChoice choice = TorchDeviceSelector.Choose(index, fallbackToCpu: true, () => true, () => count);

        Assert.Equal(DeviceType.CUDA, choice.Device.type);
        Assert.Equal(index, choice.Device.index);
        Assert.Equal($"CUDA device {index}", choice.Description);
    }

    [Theory]
    [InlineData(0, false, 0, "no CUDA device")]
    [InlineData(1, true, 1, "the only CUDA device is 0")]
    [InlineData(2, true, 2, "the CUDA devices are 0 to 1")]
    [InlineData(-1, true, 2, "the CUDA devices are 0 to 1")]
    public void A_device_that_is_not_there_fails_with_the_reason_or_falls_back_with_it(
        int index, bool cudaAvailable, int count, string reason)
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => TorchDeviceSelector.Choose(index, fallbackToCpu: false, () => cudaAvailable, () => count));
        Assert.Contains($"GpuDeviceId of the MLContext is {index}", error.Message);
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain(". ", error.Message);

        TorchDeviceChoice choice = TorchDeviceSelector.Choose(index, fallbackToCpu: true, () => cudaAvailable, () => count);
        Assert.Equal(DeviceType.CPU, choice.Device.type);
        Assert.StartsWith("CPU, as ", choice.Description);
        Assert.Contains(reason, choice.Description);
    }

    [Fact]
    public void The_chosen_device_of_this_machine_computes()
    {
        TorchDeviceChoice choice = TorchDeviceSelector.Choose(0, fallbackToCpu: true);

        using torch.Tensor ones = torch.ones(3, device: choice.Device);
        using torch.Tensor sum = ones.sum();

        Assert.Equal(3f, sum.item<float>());
    }
}
