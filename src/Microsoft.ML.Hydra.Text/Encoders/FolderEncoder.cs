using System.Collections.Concurrent;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Forward;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Microsoft.ML.Hydra.Text.Tokenizers;

namespace Microsoft.ML.Hydra.Text.Encoders;

/// <summary>Vectors of a language model in a folder, computed in managed code. The weights are prepared at the first use.</summary>
internal sealed class FolderEncoder : TextEncoder
{
    private readonly ConcurrentBag<Workspace> _workspaces = [];
    private readonly Lazy<LanguageModel> _model;
    private readonly Lazy<string> _identity;
    private readonly TextTokenizer _tokenizer;
    private readonly TextPooler _pooler;
    private readonly int[] _closing;
    private readonly int _threads;
    private volatile bool _isDisposed;

    /// <param name="folder">The model.</param>
    /// <param name="options">How texts are read; null for what the folder states.</param>
    /// <exception cref="InvalidDataException">Model, tokenizer and options do not fit each other.</exception>
    public FolderEncoder(LanguageModelFolder folder, TextEncoderOptions? options)
    {
        options ??= new TextEncoderOptions();
        Folder = folder;
        _tokenizer = TokenizerFiles.Read(folder.Files, folder.Directory, folder.Shape.ModelType);
        if (_tokenizer.LargestToken >= folder.Shape.VocabularySize)
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"The tokenizer in '{folder.Directory}' has tokens up to {_tokenizer.LargestToken}, and the weights have vectors for 0 to {folder.Shape.VocabularySize - 1}; copy tokenizer and weights from the same model."));
        }

        TextPooling pooling = options.Pooling != TextPooling.Automatic ? options.Pooling
            : folder.Settings.Pooling != TextPooling.Automatic ? folder.Settings.Pooling
            : folder.Shape.Kind == LanguageModelKind.Bert ? TextPooling.Mean : TextPooling.LastToken;
        if (pooling == TextPooling.ItemToken && !folder.Weights.Tensors.ContainsKey(LanguageModelWeights.ItemToken))
        {
            throw new InvalidDataException(
                $"The weights in '{folder.Directory}' have no '{LanguageModelWeights.ItemToken}', which Pooling = ItemToken needs; tune the model with it first, or choose Mean, FirstToken or LastToken.");
        }

        Settings = new FolderSettings(
            options.StatedPrompt ?? folder.Settings.Prompt ?? "",
            Math.Min(options.StatedMaximumTokens ?? folder.Settings.MaximumTokens ?? options.MaximumTokens, folder.Shape.MaximumTokens),
            pooling);
        _closing = pooling != TextPooling.ItemToken ? [.. _tokenizer.Closing]
            : folder.Shape.Kind == LanguageModelKind.Bert ? [LanguageModel.ItemToken]
            : [.. _tokenizer.Closing, LanguageModel.ItemToken];
        _pooler = new TextPooler(folder.Weights, pooling);
        _threads = options.NumberOfThreads ?? Environment.ProcessorCount;
        _model = new(Prepare);
        _identity = new(ComputeIdentity);
    }

    /// <summary>The model.</summary>
    public LanguageModelFolder Folder { get; }

    /// <summary>How texts are read, with everything stated.</summary>
    public FolderSettings Settings { get; }

    public override int Dimension => _pooler.Dimension;

    public override string Identity => _identity.Value;

    /// <summary>The tokens of a text with those that the tokenizer adds; <see cref="LanguageModel.ItemToken"/> stands for <c>[ITEM]</c>.</summary>
    public int[] Tokens(string text) => _tokenizer.Encode(Settings.Prompt + text, Settings.MaximumTokens!.Value, _closing);

    public override void Dispose()
    {
        _isDisposed = true;
        while (_workspaces.TryTake(out Workspace? workspace))
        {
            workspace.Dispose();
        }
    }

    private protected override float[][] EncodeDifferent(IReadOnlyList<string> texts)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        LanguageModel model = _model.Value;
        var tokens = new int[texts.Count][];
        Parallel.For(0, tokens.Length, new ParallelOptions { MaxDegreeOfParallelism = _threads }, i => tokens[i] = Tokens(texts[i]));
        var vectors = new float[tokens.Length][];
        if (!_workspaces.TryTake(out Workspace? workspace))
        {
            workspace = new Workspace(_threads);
        }

        var batch = new TokenTexts(tokens);
        workspace.Run(batch.Count, new Encoding(model, batch, _pooler, vectors));
        if (_isDisposed)
        {
            workspace.Dispose();
        }
        else
        {
            _workspaces.Add(workspace);
        }

        return vectors;
    }

    private LanguageModel Prepare()
    {
        using var workspace = new Workspace(1);
        return LanguageModel.Of(Folder.Weights, Settings.MaximumTokens!.Value, workspace);
    }

    private string ComputeIdentity()
    {
        using var digest = new ContentDigest();
        digest.Add("folder");
        foreach (NamedTensor tensor in Folder.Weights.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            digest.Add(tensor);
        }

        foreach ((string name, byte[] bytes) in Folder.TokenizerFiles)
        {
            digest.Add(name);
            digest.Add(bytes.Length);
            digest.Add(bytes.AsSpan());
        }

        digest.Add(Settings.Prompt!);
        digest.Add(Settings.MaximumTokens!.Value);
        digest.Add(Settings.Pooling.ToString());
        return digest.Take();
    }

    private readonly struct Encoding(LanguageModel model, TokenTexts texts, TextPooler pooler, float[][] vectors) : IWork
    {
        public unsafe void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            float* states = model.Run<TSimd, TVector>(texts, task, pooler.Pooling, arena);
            foreach (int text in texts.Texts(task))
            {
                int rows = pooler.Rows(texts.Tokens(text).Length);
                vectors[text] = pooler.Pool(rows, states);
                states += (nint)rows * model.Shape.Width;
            }
        }
    }
}
