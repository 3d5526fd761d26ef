using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Text.LanguageModels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// From the tokens of items to vectors of length 1, with the weights that a tuning trains. What a tuning does not change is computed once: the outputs of
/// the lower layers, or the pooled vectors.
/// </summary>
internal sealed class TunableEncoder : IDisposable
{
    private const int TextsAtOnce = 128;

    private readonly LanguageModelWeights _given;
    private readonly IReadOnlyList<int[]?> _tokens;
    private readonly TextPooling _pooling;
    private readonly TunableModel _model;
    private readonly int _firstLayer;         // layers before it are in the cache; all with a projection
    private readonly bool _cachesVectors;
    private Tensor? _cache;
    private long[] _cacheRows = [];           // the first row of each item

    /// <param name="given">The weights to start from.</param>
    /// <param name="tokens">The tokens of each item row; null of an item without a text.</param>
    /// <param name="pooling">How the vectors of tokens become one; not <see cref="TextPooling.Automatic"/>.</param>
    /// <param name="settings">What is trained.</param>
    public TunableEncoder(LanguageModelWeights given, IReadOnlyList<int[]?> tokens, TextPooling pooling, TuningSettings settings)
    {
        (_given, _tokens, _pooling) = (given, tokens, pooling);
        int layers = given.Shape.NumberOfLayers;
        _cachesVectors = settings.Tuning == TextTuning.Projection;
        _firstLayer = settings.Tuning switch
        {
            TextTuning.TopLayers => layers - Math.Min(settings.NumberOfTopLayers, layers),
            TextTuning.Projection => layers,
            _ => 0,
        };
        _model = TunableModel.Create(given, settings.Numbers, name => settings.Tuning switch
        {
            TextTuning.Projection => name == LanguageModelWeights.Projection,
            TextTuning.TopLayers => TunableModel.LayerOf(given.Shape, name) >= _firstLayer || name == LanguageModelWeights.Projection,
            TextTuning.Full or TextTuning.EndToEnd => !TunableModel.IsWordTable(name) && !name.StartsWith("pooler.", StringComparison.Ordinal),
            _ => false,
        });
        if (settings.Tuning == TextTuning.Lora)
        {
            _model.AddAdapters(settings.LoraRank, new Random(settings.Seed));
        }
        else if (_cachesVectors && _model.Find(LanguageModelWeights.Projection) is null)
        {
            _model.AddTrained(LanguageModelWeights.Projection, [given.Shape.Width, given.Shape.Width], Identity(given.Shape.Width));
        }
    }

    /// <summary>The trained weights by name, in a fixed order.</summary>
    public IEnumerable<(string Name, Parameter Value)> Trained => _model.Trained;

    /// <summary>Makes the dropout of a training step; off outside of training.</summary>
    public void SetDropout(DropoutMask mask) => _model.SetDropout(mask);

    /// <summary>The weights with what was trained.</summary>
    public LanguageModelWeights Export() => _model.Export(_given);

    /// <summary>Computes once what the tuning does not change.</summary>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    public void Prepare(Action throwIfCancelled)
    {
        if (_firstLayer == 0)
        {
            return;
        }

        using IDisposable noGradient = no_grad();
        int[] items = [.. Enumerable.Range(0, _tokens.Count).Where(item => _tokens[item] is not null)];
        _cacheRows = new long[_tokens.Count];
        long rows = 0;
        foreach (int item in items)
        {
            _cacheRows[item] = rows;
            rows += _cachesVectors ? 1 : _tokens[item]!.Length;
        }

        Tensor cache = empty([rows, _given.Shape.Width], _model.Stored).DetachFromDisposeScope();
        foreach (int[] chunk in InOrderOfLength(items).Chunk(TextsAtOnce))
        {
            throwIfCancelled();
            using DisposeScope scope = NewDisposeScope();
            using var texts = new PackedTexts(chunk, _tokens);
            Tensor hidden = _model.Embed(texts);
            for (int layer = 0; layer < _firstLayer; layer++)
            {
                hidden = _model.Layer(layer, hidden, texts);
            }

            cache.index_copy_(0, CacheRows(texts), _cachesVectors ? Pool(_model.Finish(hidden), texts) : hidden);
        }

        _cache = cache;
    }

    /// <summary>The vectors of some items, differentiable unless gradients are off.</summary>
    /// <param name="texts">The items.</param>
    /// <returns>[M, out], each of length 1, in the order of the batch.</returns>
    public Tensor Forward(PackedTexts texts)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pooled;
        if (_cachesVectors)
        {
            pooled = _cache!.index_select(0, CacheRows(texts));
        }
        else
        {
            Tensor hidden = _cache is null ? _model.Embed(texts) : _cache.index_select(0, CacheRows(texts));
            for (int layer = _firstLayer; layer < _given.Shape.NumberOfLayers; layer++)
            {
                hidden = _model.Layer(layer, hidden, texts);
            }

            pooled = Pool(_model.Finish(hidden), texts);
        }

        if (_model.Find(LanguageModelWeights.Projection) is Tensor projection)
        {
            pooled = pooled.mm(projection.t());
        }

        return (pooled / pooled.norm(1, keepdim: true, 2).clamp_min(1e-12)).MoveToOuterDisposeScope();
    }

    /// <summary>The vectors of items, without dropout and without gradients.</summary>
    /// <param name="items">Item rows; each has a text.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    /// <returns>[items, out], in the order of <paramref name="items"/>.</returns>
    public Tensor Encode(IReadOnlyList<int> items, Action throwIfCancelled)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        SetDropout(default);
        Dictionary<int, long> places = Enumerable.Range(0, items.Count).ToDictionary(place => items[place], place => (long)place);
        Tensor? vectors = null;
        foreach (int[] chunk in InOrderOfLength(items).Chunk(TextsAtOnce))
        {
            throwIfCancelled();
            using DisposeScope inner = NewDisposeScope();
            using var texts = new PackedTexts(chunk, _tokens);
            Tensor part = Forward(texts);
            vectors ??= empty([items.Count, part.shape[1]], _model.Stored).MoveToOuterDisposeScope();
            vectors.index_copy_(0, torch.tensor(Array.ConvertAll(texts.Items, item => places[item])), part);
        }

        return (vectors ?? empty([0, _given.Shape.Width], _model.Stored)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _model.Dispose();
    }

    private IEnumerable<int> InOrderOfLength(IEnumerable<int> items) => items.OrderBy(item => _tokens[item]!.Length);

    // The vectors of the tokens of a text → one. [T, d] → [M, d]
    private Tensor Pool(Tensor hidden, PackedTexts texts)
    {
        if (_pooling != TextPooling.Mean)
        {
            return hidden.index_select(0, torch.tensor(_pooling == TextPooling.FirstToken ? texts.FirstTokens : texts.LastTokens));
        }

        Tensor[] parts = texts.Groups.Count == 1 ? [hidden] : hidden.split(texts.Sizes, 0);
        Tensor[] means = [.. parts.Zip(texts.Groups, (part, group) => part.view(group.Count, group.Length, -1).mean([1]))];
        return (means.Length == 1 ? means[0] : cat(means, 0)).narrow(0, 0, texts.Items.Length);
    }

    private Tensor CacheRows(PackedTexts texts)
    {
        if (_cachesVectors)
        {
            return torch.tensor(Array.ConvertAll(texts.Items, item => _cacheRows[item]));
        }

        var rows = new long[texts.NumberOfTokens];
        for (int text = 0; text < texts.Items.Length; text++)
        {
            for (long token = texts.FirstTokens[text]; token <= texts.LastTokens[text]; token++)
            {
                rows[token] = _cacheRows[texts.Items[text]] + texts.Positions[token];
            }
        }

        return torch.tensor(rows);
    }

    private static float[] Identity(int width)
    {
        var identity = new float[width * width];
        for (int i = 0; i < width; i++)
        {
            identity[i * width + i] = 1;
        }

        return identity;
    }
}
