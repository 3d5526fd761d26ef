using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.LanguageModels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>In which numbers a tuning computes.</summary>
/// <param name="Stored">Weights, norms and sums: Float32, or Float64 in tests.</param>
/// <param name="Product">The factors of matrix products: BFloat16 where the processor multiplies them faster, else the same as <paramref name="Stored"/>.</param>
internal readonly record struct TuningNumbers(ScalarType Stored, ScalarType Product);

/// <summary>
/// A language model whose weights are trained, over packed texts. A layer maps [T, d] to [T, d]. Gradients are torch's; the memory of a layer's
/// intermediate values is given back when the layer returns, except for what its gradient needs.
/// </summary>
internal abstract class TunableModel : IDisposable
{
    /// <summary>The name under which an adapter's factors are kept: the name of the matrix with this and "a" or "b" in place of "weight".</summary>
    private const string Adapter = "adapter_";

    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> _shapes = new(StringComparer.Ordinal);
    private DropoutMask _dropout;
    private int _site;

    /// <param name="weights">The weights to start from.</param>
    /// <param name="numbers">In which numbers to compute.</param>
    /// <param name="isTrained">Whether a weight of that name is trained.</param>
    protected TunableModel(LanguageModelWeights weights, TuningNumbers numbers, Func<string, bool> isTrained)
    {
        (Shape, Numbers) = (weights.Shape, numbers);
        foreach ((string name, NamedTensor tensor) in weights.Tensors)
        {
            _shapes.Add(name, tensor.Shape.ToArray());
            Tensor value = torch.tensor(tensor.Values<float>(), tensor.Shape.ToArray()).to(numbers.Stored).DetachFromDisposeScope();
            _weights.Add(name, isTrained(name) ? new Parameter(value).DetachFromDisposeScope() : value);
        }
    }

    /// <summary>Sizes and constants.</summary>
    public LanguageModelShape Shape { get; }

    /// <summary>The trained weights by name, in a fixed order.</summary>
    public IEnumerable<(string Name, Parameter Value)> Trained =>
        _weights.Where(pair => pair.Value is Parameter).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, (Parameter)pair.Value));

    /// <summary>The numbers of weights and of hidden states.</summary>
    public ScalarType Stored => Numbers.Stored;

    protected TuningNumbers Numbers { get; }

    /// <summary>The table of the words' vectors, [V, d].</summary>
    protected abstract string WordTable { get; }

    /// <summary>Makes the model of a kind.</summary>
    public static TunableModel Create(LanguageModelWeights weights, TuningNumbers numbers, Func<string, bool> isTrained) => weights.Shape.Kind switch
    {
        LanguageModelKind.Bert => new TunableBert(weights, numbers, isTrained),
        _ => new TunableLlama(weights, numbers, isTrained),
    };

    /// <summary>The names of the query and value matrices of all layers, without ".weight".</summary>
    public abstract IEnumerable<string> QueriesAndValues();

    /// <summary>The layer that a weight belongs to; −1 for the embeddings and L for what follows the last layer.</summary>
    public static int LayerOf(LanguageModelShape shape, string name)
    {
        string prefix = shape.Kind == LanguageModelKind.Bert ? "encoder.layer." : "layers.";
        if (name.StartsWith(prefix, StringComparison.Ordinal))
        {
            return int.Parse(name.AsSpan(prefix.Length..name.IndexOf('.', prefix.Length)), CultureInfo.InvariantCulture);
        }

        return name == "norm.weight" ? shape.NumberOfLayers : -1;
    }

    /// <summary>Whether a weight is the table of the words' vectors.</summary>
    public static bool IsWordTable(string name) => name is "embeddings.word_embeddings.weight" or "embed_tokens.weight";

    /// <summary>Adds trained factors of rank r to the query and value matrices: W + B A, with A small and random and B = 0.</summary>
    /// <param name="rank">r.</param>
    /// <param name="random">Draws A.</param>
    public void AddAdapters(int rank, Random random)
    {
        foreach (string name in QueriesAndValues())
        {
            long[] shape = _weights[name + ".weight"].shape;
            var a = new float[rank * shape[1]];
            for (int i = 0; i < a.Length; i++)
            {
                a[i] = (float)((2 * random.NextDouble() - 1) / Math.Sqrt(shape[1]));
            }

            AddTrained($"{name}.{Adapter}a", [rank, shape[1]], a);
            AddTrained($"{name}.{Adapter}b", [shape[0], rank], new float[shape[0] * rank]);
        }
    }

    /// <summary>Adds a trained weight.</summary>
    public void AddTrained(string name, long[] shape, float[] values) =>
        _weights.Add(name, new Parameter(torch.tensor(values, shape).to(Numbers.Stored)).DetachFromDisposeScope());

    /// <summary>The weight of that name; null where the model has none.</summary>
    public Tensor? Find(string name) => _weights.GetValueOrDefault(name);

    /// <summary>Makes the dropout of a training step; off outside of training.</summary>
    public void SetDropout(DropoutMask mask) => (_dropout, _site) = (mask, 0);

    /// <summary>The vectors of the tokens before the first layer.</summary>
    /// <returns>[T, d].</returns>
    public abstract Tensor Embed(PackedTexts texts);

    /// <summary>One layer.</summary>
    /// <param name="layer">Which, from 0.</param>
    /// <param name="hidden">[T, d].</param>
    /// <param name="texts">The texts.</param>
    /// <returns>[T, d].</returns>
    public abstract Tensor Layer(int layer, Tensor hidden, PackedTexts texts);

    /// <summary>What follows the last layer.</summary>
    public virtual Tensor Finish(Tensor hidden) => hidden;

    /// <summary>The weights as they are saved: adapters are added to their matrices. Weights that are not trained are those that were given.</summary>
    /// <param name="given">The weights that the tuning started from.</param>
    public LanguageModelWeights Export(LanguageModelWeights given)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, NamedTensor> tensors = given.Tensors.ToDictionary(StringComparer.Ordinal);
        foreach ((string name, Parameter value) in Trained.Where(weight => !weight.Name.Contains(Adapter, StringComparison.Ordinal)))
        {
            tensors[name] = Copy(name, value);
        }

        foreach (string name in QueriesAndValues().Where(name => Find($"{name}.{Adapter}a") is not null))
        {
            Tensor sum = _weights[name + ".weight"] + _weights[$"{name}.{Adapter}b"].mm(_weights[$"{name}.{Adapter}a"]);
            tensors[name + ".weight"] = Copy(name + ".weight", sum);
        }

        return new LanguageModelWeights(Shape, tensors);
    }

    /// <summary>The values of a tensor in float32.</summary>
    public static NamedTensor Copy(string name, Tensor value)
    {
        using DisposeScope scope = NewDisposeScope();
        return new NamedTensor(name, value.shape, value.detach().to(ScalarType.Float32).contiguous().data<float>().ToArray());
    }

    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values)
        {
            weight.Dispose();
        }
    }

    /// <summary>x W^T + b. Takes the numbers of products and gives them.</summary>
    /// <param name="x">[T, in], in the numbers of products.</param>
    /// <param name="names">Matrices [out, in] whose outputs stand side by side; their names without ".weight".</param>
    protected Tensor Linear(Tensor x, params ReadOnlySpan<string> names)
    {
        if (names.Length > 1)
        {
            bool hasAdapters = false;
            foreach (string name in names)
            {
                hasAdapters |= Find($"{name}.{Adapter}a") is not null;
            }

            if (hasAdapters)
            {
                var outputs = new List<Tensor>();
                foreach (string name in names)
                {
                    outputs.Add(Linear(x, name));
                }

                return cat(outputs, 1);
            }
        }

        var matrices = new List<Tensor>();
        var biases = new List<Tensor>();
        foreach (string name in names)
        {
            matrices.Add(_weights[name + ".weight"].to(Numbers.Product));
            if (Find(name + ".bias") is Tensor part)
            {
                biases.Add(part.to(Numbers.Product));
            }
        }

        Tensor matrix = matrices.Count == 1 ? matrices[0] : cat(matrices, 0);
        Tensor y = biases.Count == 0 ? x.mm(matrix.t()) : addmm(biases.Count == 1 ? biases[0] : cat(biases, 0), x, matrix.t(), 1, 1);
        if (Find($"{names[0]}.{Adapter}a") is Tensor a)
        {
            y = y + x.mm(a.to(Numbers.Product).t()).mm(_weights[$"{names[0]}.{Adapter}b"].to(Numbers.Product).t());
        }

        return y;
    }

    /// <summary>The vectors of the tokens' words; that of the item where a text ends in it.</summary>
    protected Tensor Words(PackedTexts texts)
    {
        Tensor ids = torch.tensor(Array.ConvertAll(texts.Ids, id => Math.Max(id, 0)));
        Tensor words = _weights[WordTable].index_select(0, ids);
        if (Find(LanguageModelWeights.ItemToken) is not Tensor item || !texts.Ids.Contains(PackedTexts.ItemToken))
        {
            return words;
        }

        Tensor isItem = torch.tensor(Array.ConvertAll(texts.Ids, id => id == PackedTexts.ItemToken ? 1f : 0f)).to(Numbers.Stored).unsqueeze(1);
        return words * (1 - isItem) + isItem * item.unsqueeze(0);
    }

    /// <summary>Sets a random share of values to 0 in a training step and scales the others up.</summary>
    protected Tensor Dropout(Tensor x)
    {
        if (!_dropout.IsActive)
        {
            return x;
        }

        int site = _site++;
        Tensor mask = empty(x.shape, ScalarType.Float32);
        Fill(mask, site);
        return x * mask.to(x.dtype);
    }

    // A row of the mask has 1,024 numbers, whatever the shape of the values is.
    private unsafe void Fill(Tensor mask, int site)
    {
        const int Row = 1024;
        float* factors = TensorMemory.Pointer(mask);
        int count = (int)mask.numel();
        float* rest = stackalloc float[Row + 16];
        for (int i = 0; i < count; i += Row)
        {
            if (count - i >= Row)
            {
                _dropout.Fill(site, i / Row, factors + i, Row);
            }
            else
            {
                _dropout.Fill(site, i / Row, rest, count - i);
                new ReadOnlySpan<float>(rest, count - i).CopyTo(new Span<float>(factors + i, count - i));
            }
        }
    }
}
