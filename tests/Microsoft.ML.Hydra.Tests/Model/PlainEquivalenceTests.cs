using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

/// <summary>The modules against loops written from the equations.</summary>
public sealed class PlainEquivalenceTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    public void Latent_mamba_follows_its_equations(int taps)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelSizes sizes = TinyModel.Sizes with { ConvolutionTaps = taps };
        (int v, int batch, int length, int width) = (sizes.LatentHeads, 2, 9, sizes.LatentWidth);
        LatentMamba mamba = TinyModel.Build(p => new LatentMamba(sizes, ScanKernel.Chunked(4), p));
        Tensor u = SeededTensors.Normal(1, v, batch * length, width);

        Tensor output = mamba.call(u, null, batch, length);

        Assert.Equal([v, batch * length, width], output.shape);
        var plain = new PlainLatentMamba(TinyModel.Weights(mamba), "", sizes);
        for (int head = 0; head < v; head++)
        {
            for (int sequence = 0; sequence < batch; sequence++)
            {
                Tensor one = u[head].narrow(0, sequence * length, length);
                double[][] expected = plain.Run(head, [.. Enumerable.Range(0, length).Select(t => one[t].Values())]);
                TensorAssert.Close([.. expected.SelectMany(row => row)], output[head].narrow(0, sequence * length, length).Values(), 1e-9);
            }
        }
    }

    [Theory]
    [InlineData(true, false, 0)]
    [InlineData(true, true, 0)]
    [InlineData(true, true, 37)]
    [InlineData(false, false, 0)]
    public void The_model_follows_its_equations(bool gate, bool rotary, int firstPosition)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelSizes sizes = TinyModel.Sizes with { ItemGate = gate, RotaryGate = rotary };
        using HydraModel model = TinyModel.Create(sizes);
        int[] items = [3, 1, 11, 3, 7, 7, 2];

        Tensor output = model.call(tensor(Array.ConvertAll(items, i => (long)i)).view(1, -1), TinyModel.Positions(1, items.Length, firstPosition), null);

        double[][] expected = new PlainHydra(TinyModel.Weights(model), sizes).Run(items, firstPosition);
        TensorAssert.Close([.. expected.SelectMany(row => row)], output.Values(), 1e-9);
    }

    [Fact]
    public void A_model_with_a_clock_follows_its_equations()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create(TinyModel.Timed);
        int[] items = [3, 1, 11, 3, 7, 7, 2];
        Tensor times = SeededTensors.Normal(6, 1, items.Length, 2);
        Tensor Run(Tensor? times) => model.call(tensor(Array.ConvertAll(items, i => (long)i)).view(1, -1), null, times);

        double[][] expected = new PlainHydra(TinyModel.Weights(model), TinyModel.Timed)
            .Run(items, times: [.. Enumerable.Range(0, items.Length).Select(t => times[0, t].Values())]);
        TensorAssert.Close([.. expected.SelectMany(row => row)], Run(times).Values(), 1e-9);
        Assert.Equal(Run(null).Values(), Run(zeros_like(times)).Values());
        Assert.NotEqual(Run(null).Values(), Run(times).Values());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.05)]
    public void Scores_are_products_or_tempered_cosines(double? temperature)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelSizes sizes = TinyModel.Sizes with { Temperature = temperature };
        using HydraModel model = TinyModel.Create(sizes);
        Tensor hidden = SeededTensors.Normal(4, 1, sizes.Width);

        Tensor scores = model.ScoringQueries(hidden).mm(model.ScoringTable().t());

        TensorAssert.Close(new PlainHydra(TinyModel.Weights(model), sizes).Scores(hidden.Values()), scores.Values(), 1e-9);
    }
}
