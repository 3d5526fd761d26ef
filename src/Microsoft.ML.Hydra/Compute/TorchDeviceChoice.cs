using TorchSharp;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>The device that torch runs on.</summary>
/// <param name="Device">The device.</param>
/// <param name="Description">For the log: the device and, when it is not the one asked for, why.</param>
internal readonly record struct TorchDeviceChoice(torch.Device Device, string Description);
