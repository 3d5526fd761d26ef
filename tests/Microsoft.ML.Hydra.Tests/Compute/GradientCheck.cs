using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

/// <summary>Compares autograd with central differences in float64.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-5;
    private const double Tolerance = 1e-6;

    /// <summary>
    /// Checks the gradient of a random projection of <paramref name="function"/>'s output with respect to each input: every
    /// element of a small input, a seeded sample of a larger one.
    /// </summary>
    /// <param name="function">Reads the inputs anew at each call.</param>
    /// <param name="inputs">Float64 leaf tensors by name.</param>
    /// <param name="elementsPerInput">Most elements perturbed of one input.</param>
    public static void Verify(Func<Tensor> function, IEnumerable<(string name, Tensor tensor)> inputs, int elementsPerInput = 12)
    {
        using DisposeScope scope = NewDisposeScope();
        (string name, Tensor tensor)[] all = [.. inputs];
        foreach ((_, Tensor tensor) in all)
        {
            Assert.Equal(ScalarType.Float64, tensor.dtype);
            tensor.requires_grad_(true);
            tensor.grad?.zero_();
        }

        Tensor output = function();
        Tensor projection = SeededTensors.Normal(4711, output.shape);
        (output * projection).sum().backward();

        var random = new Random(17);
        foreach ((string name, Tensor tensor) in all)
        {
            Assert.True(tensor.grad is not null, $"{name} has no gradient");
            double[] gradient = tensor.grad!.Values();
            int[] sample = Sample(gradient, elementsPerInput, random);
            double[] numeric = Array.ConvertAll(sample, i => Difference(function, projection, tensor, i));
            double scale = numeric.Max(Math.Abs);
            Assert.True(scale > 1e-8, $"{name}: the output does not depend on any element tried");
            for (int k = 0; k < sample.Length; k++)
            {
                bool close = Math.Abs(numeric[k] - gradient[sample[k]]) <= Tolerance * scale + 1e-9;
                Assert.True(close, $"{name}[{sample[k]}]: autograd {gradient[sample[k]]:R}, differences {numeric[k]:R}");
            }
        }
    }

    // Half of the sample among the elements that matter, half anywhere.
    private static int[] Sample(double[] gradient, int count, Random random)
    {
        int[] indices = [.. Enumerable.Range(0, gradient.Length)];
        if (gradient.Length <= count)
        {
            return indices;
        }

        random.Shuffle(indices);
        return [.. indices.Take(count / 2).Concat(indices.Where(i => gradient[i] != 0).Take(count - count / 2)).Distinct()];
    }

    private static double Difference(Func<Tensor> function, Tensor projection, Tensor tensor, int index)
    {
        using IDisposable inference = no_grad();
        using DisposeScope scope = NewDisposeScope();
        TorchSharp.Utils.TensorAccessor<double> values = tensor.detach().view(-1).data<double>();
        double original = values[index];
        values[index] = original + Step;
        double up = (function() * projection).sum().item<double>();
        values[index] = original - Step;
        double down = (function() * projection).sum().item<double>();
        values[index] = original;
        return (up - down) / (2 * Step);
    }
}
