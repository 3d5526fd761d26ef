using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Text.Tests.Encoders;
using Microsoft.ML.Hydra.Text.Tests.Featurizing;
using Microsoft.ML.Hydra.Text.Tests.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Integration;

public sealed class SavingTests : IDisposable
{
    private const string TextProcess = "Microsoft.ML.Hydra.TextProcess";

    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _mlContext = new();

    private string Model => _directory["model.zip"];

    [Fact]
    public void Another_process_loads_the_whole_encoder_without_native_torch_and_ONNX_Runtime()
    {
        string folder = WordsFolder.Write(_directory["bert"]);
        var options = new TextEncoderOptions { Prompt = "new ", MaximumTokens = 6, Pooling = TextPooling.FirstToken, NumberOfThreads = 1 };
        using TextEncoder encoder = TextEncoder.FromFolder(folder, options);
        Save(encoder);
        Directory.Delete(folder, recursive: true);

        string[] lines = SecondProcess.Run(TextProcess, "load", Model, "red mugs, 12 books");

        Assert.Equal("library loaded: False", lines[0]);
        Assert.Equal("schema: Text String", lines[1]);
        Assert.Equal(
            encoder.Encode(["red mugs, 12 books"])[0], lines[2]["engine: ".Length..].Split(' ').Select(value => float.Parse(value, CultureInfo.InvariantCulture)));

        // ML.NET looks at every type of the assembly that it loads, so managed TorchSharp may be loaded; native code is not.
        string[] loaded = lines[3]["torch and ONNX Runtime:".Length..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.DoesNotContain(loaded, name => name is not ("TorchSharp" or "TorchSharp.dll"));
    }

    [Fact]
    public void A_loaded_encoder_has_the_identity_of_the_saved_one()
    {
        using TextEncoder encoder = TextEncoder.FromFolder(WordsFolder.Write(_directory["bert"]), new TextEncoderOptions { Prompt = "red " });
        Save(encoder);
        ITransformer loaded = _mlContext.Model.Load(Model, out _);

        TextVectorTransformer vectors = Assert.IsType<TextVectorTransformer>(Assert.Single((TransformerChain<ITransformer>)loaded));
        Assert.Equal(encoder.Identity, vectors.Encoder.Identity);
        Assert.Equal(encoder.Encode(["blue cup"]), vectors.Encoder.Encode(["blue cup"]));
    }

    [Fact]
    public void Other_encoders_cannot_be_saved()
    {
        string message = $"The text vectors cannot be saved, because a model can hold only an encoder from TextEncoder.FromFolder: use such an encoder, or save the pipeline without Featurize and put it before the pipeline again after loading.";
        using var generator = new CountingGenerator();
        using TextEncoder provider = TextEncoder.From(generator, "test");
        Assert.Equal(message, Assert.Throws<InvalidOperationException>(() => Save(provider)).Message);

        File.WriteAllText(_directory["vocab.txt"], "[UNK]\n[CLS]\n[SEP]\nred\n");
        new TinyOnnx { Table = [[1, 0], [0, 1], [1, 1], [2, 1]] }.Write(_directory["model.onnx"]);
        using TextEncoder onnx = TextEncoder.FromOnnx(_directory["model.onnx"], _directory["vocab.txt"]);
        Assert.Equal(message, Assert.Throws<InvalidOperationException>(() => Save(onnx)).Message);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("vocab.txt")]
    [InlineData("config.json")]
    [InlineData("hydra_text.json")]
    [InlineData("text_vectors.json")]
    [InlineData("manifest.json")]
    public void A_damaged_zip_is_one_sentence(string entry)
    {
        using TextEncoder encoder = TextEncoder.FromFolder(WordsFolder.Write(_directory["bert"]));
        Save(encoder);
        using (ZipArchive zip = ZipFile.Open(Model, ZipArchiveMode.Update))
        {
            ZipArchiveEntry found = zip.Entries.Single(candidate => candidate.Name == entry);
            string name = found.FullName;
            using var bytes = new MemoryStream();
            using (Stream stream = found.Open())
            {
                stream.CopyTo(bytes);
            }

            found.Delete();
            bytes.GetBuffer()[bytes.Length / 2] ^= 4;
            using Stream written = zip.CreateEntry(name).Open();
            written.Write(bytes.GetBuffer(), 0, (int)bytes.Length);
        }

        Exception error = Assert.ThrowsAny<Exception>(() => _mlContext.Model.Load(Model, out _));
        while (error.InnerException is not null)
        {
            error = error.InnerException;
        }

        Assert.IsType<InvalidDataException>(error);
        Assert.Contains(entry == "manifest.json" ? "manifest" : $"'{entry}'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Two_processes_fill_one_cache_and_load_neither_torch_nor_ONNX_Runtime()
    {
        string folder = WordsFolder.Write(_directory["bert"]), cache = _directory["vectors.cache"];
        string[][] arguments = [["encode", folder, cache, "0", "400"], ["encode", folder, cache, "200", "600"]];
        System.Diagnostics.Process[] processes = [.. arguments.Select(argument => SecondProcess.Start(TextProcess, argument))];
        foreach (System.Diagnostics.Process process in processes)
        {
            using (process)
            {
                Assert.Equal(
                    ["rows: 400", "torch and ONNX Runtime:"],
                    SecondProcess.OutputOf(process).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            }
        }

        using TextEncoder encoder = TextEncoder.FromFolder(folder);
        const int RecordLength = 4 + 32 + (8 * 4) + 16;
        Assert.Equal(16 + (600 * RecordLength), new FileInfo(cache).Length);
        IDataView data = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 600).Select(i => new Row { Text = $"product {i}" }));
        Assert.Equal(
            encoder.Encode([.. Enumerable.Range(0, 600).Select(i => $"product {i}")]),
            _mlContext.SequenceRecommendation().Text.Featurize("Vector", ["Text"], encoder, cache).Fit(data).Transform(data).GetColumn<float[]>("Vector"));
        Assert.Equal(16 + (600 * RecordLength), new FileInfo(cache).Length);
    }

    [Fact]
    public void A_process_that_is_killed_leaves_a_cache_that_goes_on()
    {
        string folder = WordsFolder.Write(_directory["bert"]), cache = _directory["vectors.cache"];
        using (System.Diagnostics.Process process = SecondProcess.Start(TextProcess, "encode", folder, cache, "0", "2000000"))
        {
            var patience = System.Diagnostics.Stopwatch.StartNew();
            while (!File.Exists(cache) || new FileInfo(cache).Length < 100_000)
            {
                Assert.False(process.HasExited, "the process ended before it was killed");
                Assert.True(patience.Elapsed < SecondProcess.Limit, "the process wrote no vectors");
                Thread.Sleep(5);
            }

            process.Kill();
            process.WaitForExit();
        }

        long left = new FileInfo(cache).Length;
        string[] lines = SecondProcess.Run(TextProcess, "encode", folder, cache, "0", "300");
        Assert.Equal("rows: 300", lines[0]);
        Assert.InRange(new FileInfo(cache).Length, left - 84, left + 84);    // all were there, but for a record that was cut off
    }

    [Fact]
    public void Without_the_native_library_an_ONNX_file_is_refused_with_the_package_to_add()
    {
        File.WriteAllText(_directory["vocab.txt"], "[UNK]\n[CLS]\n[SEP]\nred\n");
        new TinyOnnx { Table = [[1, 0], [0, 1], [1, 1], [2, 1]] }.Write(_directory["model.onnx"]);

        Assert.Equal(
            ["The native library of ONNX Runtime was not found or does not fit: reference the package Microsoft.ML.OnnxRuntime 1.31.1 in the application, or use TextEncoder.FromFolder, which needs no native code."],
            SecondProcess.Run(TextProcess, "onnx", _directory["model.onnx"], _directory["vocab.txt"]));
    }

    public void Dispose() => _directory.Dispose();

    private void Save(TextEncoder encoder)
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable([new Row { Text = "a" }]);
        var pipeline = new EstimatorChain<ITransformer>().Append(_mlContext.SequenceRecommendation().Text.Featurize("Vector", ["Text"], encoder));
        _mlContext.Model.Save(pipeline.Fit(data), data.Schema, Model);
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
