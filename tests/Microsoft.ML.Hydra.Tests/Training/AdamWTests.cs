using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using AdamW = Microsoft.ML.Hydra.Training.AdamW;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class AdamWTests
{
    private static readonly string[] s_decayed = ["item_embedding", "layers.0.mixer.x_proj", "layers.0.mixer.mamba.conv_weight", "layers.1.feed_forward.gate_up"];

    private static readonly string[] s_spared =
    [
        "final_norm.weight", "layers.0.mixer.mamba.norm.weight", "layers.0.mixer.mamba.conv_bias",
        "layers.0.mixer.mamba.dt_bias", "layers.0.mixer.mamba.dt_time", "layers.0.mixer.mamba.A_log", "layers.0.mixer.mamba.D",
    ];

    [Theory]
    [InlineData(0, ScalarType.Float64, 1e-12)]
    [InlineData(0.3, ScalarType.Float64, 1e-12)]
    [InlineData(0.3, ScalarType.Float32, 1e-5)]   // the kernel over the tensors' memory
    public void Equals_torch_with_decay_on_maps_and_embeddings_only(double weightDecay, ScalarType type, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Parameter> ours = Parameters(type), theirs = Parameters();
        using var optimizer = new AdamW(ours.Select(p => (p.Key, p.Value)), 0.8, 0.95, weightDecay, 2);
        var decayed = optim.AdamW(s_decayed.Select(name => theirs[name]), 0.05, 0.8, 0.95, 1e-8, weightDecay);
        var spared = optim.AdamW(s_spared.Select(name => theirs[name]), 0.05, 0.8, 0.95, 1e-8, 0);
        for (int step = 0; step < 8; step++)
        {
            SetGradients(ours, step);
            SetGradients(theirs, step);
            optimizer.Step(0.05);
            decayed.step();
            spared.step();
        }

        Assert.Equal(8, optimizer.Steps);
        foreach ((string name, Parameter parameter) in ours)
        {
            TensorAssert.Close(theirs[name], parameter, tolerance, name);
        }
    }

    [Fact]
    public void The_learning_rate_may_differ_from_step_to_step()
    {
        using DisposeScope scope = NewDisposeScope();
        using var parameter = new Parameter(tensor([2.0]));
        using var optimizer = new AdamW([("x", parameter)], 0.9, 0.98, 0.1, 2);
        foreach (double rate in new[] { 0.5, 0.25 })
        {
            optimizer.ClearGradients();
            (parameter * 3).sum().backward();
            optimizer.Step(rate);
        }

        // A constant gradient moves a parameter by the rate (up to epsilon), after the decay.
        double expected = (2 * (1 - 0.5 * 0.1) - 0.5) * (1 - 0.25 * 0.1) - 0.25;
        Assert.Equal(expected, parameter.item<double>(), 1e-7);
    }

    [Fact]
    public void Its_state_can_be_carried_over()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Parameter> through = Parameters(), resumed = Parameters();
        using var optimizer = new AdamW(through.Select(p => (p.Key, p.Value)), 0.9, 0.98, 0.1, 2);
        Run(optimizer, through, 0, 3);
        foreach ((string name, Parameter parameter) in through)
        {
            using IDisposable inference = no_grad();
            resumed[name].copy_(parameter);
        }

        using var second = new AdamW(resumed.Select(p => (p.Key, p.Value)), 0.9, 0.98, 0.1, 2) { Steps = optimizer.Steps };
        foreach (((string name, Tensor value), (string target, Tensor to)) in optimizer.State.Zip(second.State))
        {
            Assert.Equal(name, target);
            to.copy_(value);
        }

        Assert.Equal(2 * through.Count, optimizer.State.Select(s => s.name).Distinct().Count());
        Run(optimizer, through, 3, 6);
        Run(second, resumed, 3, 6);
        Assert.All(through, p => Assert.Equal(p.Value.Values(), resumed[p.Key].Values()));

        static void Run(AdamW optimizer, Dictionary<string, Parameter> parameters, int from, int to)
        {
            for (int step = from; step < to; step++)
            {
                SetGradients(parameters, step);
                optimizer.Step(0.05);
            }
        }
    }

    [Fact]
    public void A_parameter_without_a_gradient_stays()
    {
        using DisposeScope scope = NewDisposeScope();
        using var parameter = new Parameter(tensor([2.0]));
        using var optimizer = new AdamW([("x_proj", parameter)], 0.9, 0.98, 0.1, 2);
        optimizer.Step(0.5);
        Assert.Equal(2, parameter.item<double>());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(20, 10)]
    [InlineData(0, 10)]   // 0 switches clipping off
    [InlineData(double.MaxValue, 10)]
    public void Gradients_are_clipped_together(double maximum, double left)
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter a = new(zeros(1)), b = new(zeros(1));
        using var optimizer = new AdamW([("a", a), ("b", b)], 0.9, 0.98, 0, 2);
        (a * 6 + b * 8).sum().backward();

        Assert.Equal(10, optimizer.ClipGradients(maximum), 1e-5);

        Assert.Equal(0.6 * left, a.grad!.item<float>(), 1e-4);
        Assert.Equal(0.8 * left, b.grad!.item<float>(), 1e-4);
        optimizer.ClearGradients();
        Assert.Equal(0, a.grad!.item<float>());
    }

    private static Dictionary<string, Parameter> Parameters(ScalarType type = ScalarType.Float64) =>
        s_decayed.Concat(s_spared).Select((name, i) => (name, new Parameter(SeededTensors.Normal(i, 3, 2).to(type)))).ToDictionary();

    private static void SetGradients(Dictionary<string, Parameter> parameters, int step)
    {
        int seed = 1000 * (step + 1);
        foreach (Parameter parameter in parameters.Values)
        {
            parameter.grad?.zero_();
            (parameter * SeededTensors.Normal(seed++, 3, 2).to(parameter.dtype)).sum().backward();
        }
    }
}
