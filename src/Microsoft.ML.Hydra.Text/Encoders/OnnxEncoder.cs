using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Tokenizers;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Hydra.Text.Encoders;

/// <summary>A BERT in ONNX Runtime. Its native library belongs to the application.</summary>
internal sealed class OnnxEncoder : TextEncoder
{
    private const int TextsAtOnce = 32;
    private const string NativePackage = "Microsoft.ML.OnnxRuntime";

    private readonly ReaderWriterLockSlim _use = new();
    private readonly InferenceSession _session;
    private readonly OnnxGraph _graph;
    private readonly TextTokenizer _tokenizer;
    private readonly string _path;
    private readonly string _prompt;
    private readonly int _maximumTokens;
    private readonly TextPooling _pooling;
    private bool _isDisposed;

    /// <param name="modelPath">The ONNX file.</param>
    /// <param name="vocabularyPath">The vocabulary, a word piece a line.</param>
    /// <param name="options">How texts are read.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the graph has other inputs and outputs than expected.</exception>
    /// <exception cref="InvalidOperationException">The application has no native ONNX Runtime.</exception>
    public OnnxEncoder(string modelPath, string vocabularyPath, TextEncoderOptions options)
    {
        if (options.Pooling == TextPooling.ItemToken)
        {
            throw new ArgumentException(
                $"Pooling is {options.Pooling}, but an ONNX file has no trained vector [ITEM]; use Automatic, Mean, FirstToken or LastToken, or TextEncoder.FromFolder.", nameof(options));
        }

        (_path, _prompt, _maximumTokens) = (modelPath, options.Prompt, options.MaximumTokens);
        Require(modelPath, "ONNX model");
        Require(vocabularyPath, "vocabulary");
        _tokenizer = VocabularyFile.Read(File.ReadAllBytes(vocabularyPath), $"'{vocabularyPath}'", null);
        _session = Open(modelPath, options.NumberOfThreads);
        try
        {
            _graph = OnnxGraph.Check(_session, modelPath, options.Pooling);
            _pooling = _graph.IsPooled ? TextPooling.Automatic : options.Pooling == TextPooling.Automatic ? TextPooling.Mean : options.Pooling;
            Dimension = _graph.Dimension ?? EncodeDifferent(["dimension"])[0].Length;
            Identity = IdentityOf(vocabularyPath);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public override int Dimension { get; }

    public override string Identity { get; }

    public override void Dispose()
    {
        _use.EnterWriteLock();
        try
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _session.Dispose();
            }
        }
        finally
        {
            _use.ExitWriteLock();
        }
    }

    private protected override float[][] EncodeDifferent(IReadOnlyList<string> texts)
    {
        int[][] tokens = [.. texts.Select(text => _tokenizer.Encode(_prompt + text, _maximumTokens))];
        var vectors = new float[texts.Count][];
        _use.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);

            // Texts of equal length need no padding, so a vector does not depend on the others of its batch.
            foreach (IGrouping<int, int> length in Enumerable.Range(0, texts.Count).GroupBy(i => tokens[i].Length))
            {
                foreach (int[] batch in length.Chunk(TextsAtOnce))
                {
                    Run([.. batch.Select(i => tokens[i])], length.Key, (row, vector) => vectors[batch[row]] = vector);
                }
            }
        }
        finally
        {
            _use.ExitReadLock();
        }

        return vectors;
    }

    /// <param name="tokens">The tokens of each text.</param>
    /// <param name="length">The number of tokens of each text, T.</param>
    /// <param name="use">Receives the place of the text and its vector.</param>
    private void Run(int[][] tokens, int length, Action<int, float[]> use)
    {
        long[] ids = [.. tokens.SelectMany(text => text).Select(token => (long)token)];
        IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs;
        try
        {
            outputs = _session.Run([.. _graph.Inputs.Select(name => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(Values(name, ids), [tokens.Length, length])))], [_graph.Output]);
        }
        catch (OnnxRuntimeException cause)
        {
            throw new InvalidDataException(
                $"The ONNX model '{_path}' failed for a text of {length} tokens: {MessageText.OneLine(cause.Message)} Give the vocabulary of the same model, and MaximumTokens that the model has positions for.", cause);
        }

        using (outputs)
        {
            var states = (DenseTensor<float>)outputs.Single().AsTensor<float>();
            int width = states.Dimensions[^1];
            int rows = states.Dimensions.Length == 3 ? states.Dimensions[1] : 1;
            for (int text = 0; text < tokens.Length; text++)
            {
                float[] vector = Pool(states.Buffer.Span.Slice(text * rows * width, rows * width), width);
                use(text, vector.All(float.IsFinite) ? vector : throw new InvalidDataException(
                    $"The ONNX model '{_path}' gave a number that is not finite; copy the file again from where the model is published."));
            }
        }
    }

    // Of one text, [T, d] or [1, d] where the graph pools
    private float[] Pool(ReadOnlySpan<float> states, int width)
    {
        int rows = states.Length / width;
        if (_pooling != TextPooling.Mean)
        {
            return states.Slice((_pooling == TextPooling.LastToken ? rows - 1 : 0) * width, width).ToArray();
        }

        var mean = new float[width];
        for (int i = 0; i < width; i++)
        {
            double sum = 0;
            for (int row = 0; row < rows; row++)
            {
                sum += states[(row * width) + i];
            }

            mean[i] = (float)(sum / rows);
        }

        return mean;
    }

    private static long[] Values(string input, long[] ids) => input switch
    {
        OnnxGraph.Tokens => ids,
        OnnxGraph.Mask => [.. Enumerable.Repeat(1L, ids.Length)],
        _ => new long[ids.Length],
    };

    private static void Require(string path, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"The {what} '{path}' does not exist; give the path of a file.", path);
        }
    }

    private static InferenceSession Open(string path, int? numberOfThreads)
    {
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = numberOfThreads ?? Environment.ProcessorCount, InterOpNumThreads = 1 };
            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException cause)
        {
            throw new InvalidDataException($"The file '{path}' is not a model that ONNX Runtime can read: {MessageText.OneLine(cause.Message).TrimEnd('.')}; give an ONNX file of a BERT.", cause);
        }
        catch (Exception cause) when (cause is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            string version = typeof(InferenceSession).Assembly.GetName().Version?.ToString(3) ?? "of the same version";
            throw new InvalidOperationException(
                $"The native library of ONNX Runtime was not found or does not fit: reference the package {NativePackage} {version} in the application, or use TextEncoder.FromFolder, which needs no native code.", cause);
        }
    }

    // Weights that the model keeps in other files lie beside it, under names that begin with its own.
    private string IdentityOf(string vocabularyPath)
    {
        using var digest = new ContentDigest();
        digest.Add("ONNX");
        string full = Path.GetFullPath(_path);
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(full)!, Path.GetFileName(full) + "*").Append(vocabularyPath).Order(StringComparer.Ordinal))
        {
            using FileStream stream = File.OpenRead(file);
            digest.Add(stream.Length);
            digest.Add(stream.CopyTo);
        }

        digest.Add(_prompt);
        digest.Add(_maximumTokens);
        digest.Add(_pooling.ToString());
        return digest.Take();
    }
}
