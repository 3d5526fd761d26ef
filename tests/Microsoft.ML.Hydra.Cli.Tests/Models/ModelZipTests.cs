using System.IO.Compression;
using System.Text;
using Microsoft.ML.Hydra.Cli.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Models;

public sealed class ModelZipTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_model_of_another_library_is_refused_with_its_name()
    {
        var mlContext = new MLContext();
        IDataView rows = mlContext.Data.LoadFromEnumerable([new Row()]);
        string path = _directory.PathTo("m.zip");
        mlContext.Model.Save(mlContext.Transforms.CopyColumns("Other", nameof(Row.Value)).Append(mlContext.Transforms.CopyColumns("Third", nameof(Row.Value))).Fit(rows), rows.Schema, path);
        foreach (string[] command in new string[][] { ["inspect", "--model", path], ["recommend", "--model", path, "--history", "a"] })
        {
            CliRun run = await CliRun.InvokeAsync(command);

            Assert.Equal(ExitCodes.Error, run.ExitCode);
            Assert.Matches("^The model file '.*m.zip' holds 'CopyTransform' of the assembly 'Microsoft.ML.Data, .*'; expected a Hydra model alone, without other transforms around it.\\s*$", run.Error);
        }
    }

    [Fact]
    public async Task The_assembly_of_a_foreign_model_is_never_asked_for()
    {
        string data = _directory.Write("d.csv", ShopData.Csv());
        string model = _directory.PathTo("m.zip");
        CliRun train = await CliRun.InvokeAsync(
            "train", "--data", data, "--model", model, "--no-checkpoints", "--set", "EmbeddingDimension=16", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=1");
        Assert.Equal(ExitCodes.Success, train.ExitCode);
        ModelZip.Check(model);
        Rewrite(model, "Microsoft.ML.Hydra", "Microsoft.ML.Other");
        var asked = new List<string>();
        ResolveEventHandler record = (_, question) =>
        {
            asked.Add(question.Name);
            return null;
        };
        AppDomain.CurrentDomain.AssemblyResolve += record;
        CliRun run = await CliRun.InvokeAsync("inspect", "--model", model);
        AppDomain.CurrentDomain.AssemblyResolve -= record;

        Assert.Equal(
            $"The model file '{model}' holds 'HydraSequenceRec' of the assembly 'Microsoft.ML.Other'; expected a Hydra model alone, without other transforms around it.",
            run.Error.Trim());
        Assert.DoesNotContain(asked, name => name.StartsWith("Microsoft.ML.Other", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("readme.txt", "text", "it is a zip without the header of an ML.NET model")]
    [InlineData("TransformerChain/Model.key", "short", "its entry 'TransformerChain/Model.key' is not the header of an ML.NET model.")]
    public void A_zip_that_holds_no_model_is_one_sentence(string name, string content, string expected)
    {
        string path = _directory.PathTo("m.zip");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using Stream stream = zip.CreateEntry(name).Open();
            stream.Write(Encoding.UTF8.GetBytes(content));
        }

        Assert.Contains(expected, Assert.Throws<UserErrorException>(() => ModelZip.Check(path)).Message, StringComparison.Ordinal);
    }

    private static void Rewrite(string path, string from, string to)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Update);
        using Stream stream = zip.GetEntry("TransformerChain/Model.key")!.Open();
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        int at = bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(from));
        Encoding.Unicode.GetBytes(to).CopyTo(bytes, at);
        stream.Position = 0;
        stream.Write(bytes);
    }

    private sealed class Row
    {
        public float Value { get; set; }
    }
}
