using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Text.LanguageModels;

/// <summary>
/// A language model in the layout of Hugging Face: <c>config.json</c>, files of the tokenizer, weights in safetensors. Its small files are held in
/// memory, so that a tuned model can be written wherever the folder has gone since. Nothing in it is trusted.
/// </summary>
internal sealed class LanguageModelFolder
{
    public const string ConfigurationName = "config.json";

    /// <summary>The most bytes of a file besides the weights.</summary>
    public const long LongestSmallFile = 128 << 20;

    // Files that say how a text becomes tokens.
    private static readonly string[] s_tokenizerFiles =
    [
        "tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer.model", "sentencepiece.bpe.model", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json",
    ];

    // Files that say how the vectors of tokens become one.
    private static readonly string[] s_poolingFiles =
        [FolderSettings.PoolingName, FolderSettings.ModulesName, "sentence_bert_config.json", "config_sentence_transformers.json"];

    private LanguageModelFolder(string directory, IReadOnlyDictionary<string, byte[]> files, LanguageModelWeights weights, FolderSettings settings) =>
        (Directory, Files, Weights, Settings) = (directory, files, weights, settings);

    /// <summary>The files besides the weights that a saved model holds, none of them in a folder of its own: with everything stated in one file, it needs no other.</summary>
    public static IEnumerable<string> NamesInArchive => s_tokenizerFiles.Append(ConfigurationName).Append(FolderSettings.FileName);

    /// <summary>Where the model was read from, as messages name it.</summary>
    public string Directory { get; }

    /// <summary>The small files by their name in the folder, with '/' between its parts; weights are not among them.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    public LanguageModelShape Shape => Weights.Shape;

    public LanguageModelWeights Weights { get; }

    /// <summary>What the folder states of how texts are read.</summary>
    public FolderSettings Settings { get; }

    /// <summary>The files of the tokenizer and <see cref="ConfigurationName"/>, by name.</summary>
    public IEnumerable<KeyValuePair<string, byte[]>> TokenizerFiles =>
        from name in s_tokenizerFiles.Append(ConfigurationName).Order(StringComparer.Ordinal)
        where Files.ContainsKey(name)
        select KeyValuePair.Create(name, Files[name]);

    /// <summary>Reads a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing, is damaged, or describes another kind of model.</exception>
    public static LanguageModelFolder Read(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        if (!System.IO.Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException(
                $"There is no folder '{directory}'; give a folder with {ConfigurationName}, {WeightFiles.SingleName} and the files of the tokenizer.");
        }

        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in s_tokenizerFiles.Concat(s_poolingFiles).Append(ConfigurationName).Append(FolderSettings.FileName))
        {
            string path = Path.Combine(directory, name);
            if (File.Exists(path))
            {
                files.Add(name, ReadSmall(path));
            }
        }

        return Read(directory, files, shape => WeightFiles.Read(directory, shape));
    }

    /// <summary>Reads a model whose files do not lie in a folder.</summary>
    /// <param name="origin">Where they are, for messages.</param>
    /// <param name="files">The files besides the weights.</param>
    /// <param name="weights">The file of the weights; read to its end, forward only.</param>
    /// <exception cref="InvalidDataException">A file is missing, is damaged, or describes another kind of model.</exception>
    public static LanguageModelFolder Read(string origin, IReadOnlyDictionary<string, byte[]> files, Stream weights) =>
        Read(origin, files, shape => WeightFiles.Read(origin, shape, weights));

    private static LanguageModelFolder Read(string directory, IReadOnlyDictionary<string, byte[]> files, Func<LanguageModelShape, LanguageModelWeights> readWeights)
    {
        if (!files.TryGetValue(ConfigurationName, out byte[]? configuration))
        {
            throw new InvalidDataException(
                $"The folder '{directory}' has no {ConfigurationName}; give the folder of a Hugging Face model, with {ConfigurationName}, {WeightFiles.SingleName} and the files of the tokenizer.");
        }

        LanguageModelShape shape = LanguageModelConfiguration.Read(configuration, $"'{Path.Combine(directory, ConfigurationName)}'");
        var settings = FolderSettings.Read(files, directory);
        return new LanguageModelFolder(directory, files, readWeights(shape), settings);
    }

    /// <summary>The same model with other weights, as tuning leaves it.</summary>
    /// <param name="weights">Weights of the same shape.</param>
    /// <param name="settings">How its texts are read; with everything stated.</param>
    public LanguageModelFolder With(LanguageModelWeights weights, FolderSettings settings)
    {
        // sentence-transformers knows neither the item token nor the projection and would give other vectors.
        bool isOurs = settings.Pooling == TextPooling.ItemToken || weights.Tensors.ContainsKey(LanguageModelWeights.Projection);
        var files = Files.Where(file => !isOurs || !s_poolingFiles.Contains(file.Key)).ToDictionary(StringComparer.Ordinal);
        files[FolderSettings.FileName] = settings.ToBytes();
        return new LanguageModelFolder(Directory, files, weights, settings);
    }

    /// <summary>Writes the folder as a whole: into a new directory beside it, which is then renamed.</summary>
    /// <param name="directory">Must not exist; the directory above it must.</param>
    /// <exception cref="IOException">The directory exists or cannot be written; nothing is left of it.</exception>
    public void Write(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        CheckTarget(target);
        string aside = FormattableString.Invariant($"{target}.{Guid.NewGuid():N}.aside");
        try
        {
            foreach ((string name, byte[] bytes) in Files)
            {
                string path = Path.Combine(aside, name);
                System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                AtomicFile.Write(path, stream => stream.Write(bytes));
            }

            AtomicFile.Write(Path.Combine(aside, WeightFiles.SingleName), WriteWeights);
            CheckTarget(target);
            System.IO.Directory.Move(aside, target);
        }
        catch
        {
            if (System.IO.Directory.Exists(aside))
            {
                System.IO.Directory.Delete(aside, recursive: true);
            }

            throw;
        }
    }

    /// <summary>Writes the file of the weights.</summary>
    public void WriteWeights(Stream stream)
    {
        NamedTensor[] tensors = [.. Weights.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        new SafetensorsFile(tensors, new Dictionary<string, string> { ["format"] = "pt" }).Write(stream);   // the mark that transformers asks for
    }

    private static byte[] ReadSmall(string path)
    {
        long length = new FileInfo(path).Length;
        return length <= LongestSmallFile
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException(
                FormattableString.Invariant($"'{path}' has {length:N0} bytes; expected at most {LongestSmallFile:N0}. Copy the file again from where the model is published."));
    }

    private static void CheckTarget(string target)
    {
        if (System.IO.Directory.Exists(target) || File.Exists(target))
        {
            throw new IOException($"The folder '{target}' exists already, and a folder of a model is never overwritten; give another name or remove it first.");
        }

        if (Path.GetDirectoryName(target) is string above && !System.IO.Directory.Exists(above))
        {
            throw new DirectoryNotFoundException($"There is no folder '{above}' to write '{Path.GetFileName(target)}' into; create it first.");
        }
    }
}
