using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>The door that reads a saved model in place, beside <c>mlContext.Model.Load</c>.</summary>
[Collection(FittedModels.Collection)]
public sealed class LoadModelTests(FittedModels models)
{
    private readonly string[] _histories = [.. Shelves.Texts(customers: 20).Select(items => string.Join(',', items))];

    [Fact]
    public void It_gives_the_model_that_ML_NET_gives()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllBytes(folder["model.zip"], models.SavedText.Bytes);
        using var byMlNet = (HydraSequenceRecommendationTransformer)models.SavedText.Load(models.Context);
        string[] expected = Lines(byMlNet);

        using var byPath = models.Context.SequenceRecommendation().LoadModel(folder["model.zip"]);
        File.Delete(folder["model.zip"]);
        using var trickled = models.Context.SequenceRecommendation().LoadModel(new TrickleStream(models.SavedText.Bytes));

        Assert.Equal(SavedModel.Save(models.Context, byMlNet).DigestOfLearned(), SavedModel.Save(models.Context, byPath).DigestOfLearned());
        Assert.Equal(expected, Lines(byPath));
        Assert.Equal(expected, Lines(trickled));
    }

    [Fact]
    public void The_stream_stays_open()
    {
        using var stream = new MemoryStream(models.SavedText.Bytes);

        models.Context.SequenceRecommendation().LoadModel(stream).Dispose();
        models.Context.SequenceRecommendation().LoadModel(stream).Dispose();

        Assert.True(stream.CanRead);
    }

    [Fact]
    public void Of_a_chain_the_one_model_is_taken_and_the_others_are_reported()
    {
        using var own = models.Text.WithRecommendations(models.Text.Recommendations);
        ITransformer copy = models.Context.Transforms.CopyColumns("Bought", "Items").Fit(models.Context.Data.LoadFromEnumerable([new History<string>()]));
        var mlContext = new MLContext();
        var log = new LogLines(mlContext);

        using var loaded = mlContext.SequenceRecommendation().LoadModel(Stream(new TransformerChain<ITransformer>(copy, own)));

        Assert.Equal(Lines(own), Lines(loaded));
        Assert.Single(log.Of(ChannelMessageKind.Warning), line => line.Contains("other transformers", StringComparison.Ordinal));
        using var alone = mlContext.SequenceRecommendation().LoadModel(Stream(new TransformerChain<ITransformer>(loaded)));
        Assert.Single(log.Of(ChannelMessageKind.Warning), line => line.Contains("other transformers", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_two_models_none_is_guessed_and_the_chain_has_both()
    {
        using var own = models.Text.WithRecommendations(models.Text.Recommendations);
        using var other = models.Text.WithRecommendations(models.Text.Recommendations with { NumberOfRecommendations = 3 });
        using MemoryStream zip = Stream(new TransformerChain<ITransformer>(own, other));

        InvalidDataException error = Refused(zip);

        Assert.Contains("holds 2 models", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Assert.IsType<TransformerChain<ITransformer>>(models.Context.Model.Load(zip, out _)).OfType<HydraSequenceRecommendationTransformer>().Count());
    }

    [Fact]
    public void A_zip_of_other_libraries_is_refused_and_ML_NET_loads_it()
    {
        ITransformer copy = models.Context.Transforms.CopyColumns("Bought", "Items").Fit(models.Context.Data.LoadFromEnumerable([new History<string>()]));
        using MemoryStream zip = Stream(copy);

        Assert.Contains("no model of Microsoft.ML.Hydra; load it with mlContext.Model.Load", Refused(zip).Message, StringComparison.Ordinal);
        Assert.NotNull(models.Context.Model.Load(zip, out _));
    }

    [Fact]
    public void What_is_no_zip_is_refused()
    {
        Assert.Contains("not a zip", Refused(new MemoryStream()).Message, StringComparison.Ordinal);
        Assert.Contains("not a zip", Refused(new MemoryStream(models.SavedText.Bytes[..1000])).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => models.Context.SequenceRecommendation().LoadModel("there is none.zip"));
    }

    [Fact]
    public void A_later_format_is_refused_with_the_version_that_saved_it()
    {
        using var changed = new MemoryStream();
        changed.Write(models.SavedText.Bytes);
        using (var zip = new ZipArchive(changed, ZipArchiveMode.Update, leaveOpen: true))
        {
            ZipArchiveEntry header = zip.Entries.Single(entry => entry.Name == "Model.key");
            using Stream content = header.Open();
            content.Position = 72;
            content.WriteByte(9);
        }

        Assert.Contains("saved by Microsoft.ML.Hydra 0.1.0 in a format that this version", Refused(changed).Message, StringComparison.Ordinal);
    }

    private string[] Lines(HydraSequenceRecommendationTransformer model)
    {
        // The engine disposes what it is given.
        using var copy = model.WithRecommendations(model.Recommendations);
        return [.. ScoredLines.Of(models.Context, copy, _histories)];
    }

    private MemoryStream Stream(ITransformer model) => new(SavedModel.Save(models.Context, model).Bytes);

    private InvalidDataException Refused(Stream zip)
    {
        zip.Position = 0;
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => models.Context.SequenceRecommendation().LoadModel(zip));
        Assert.Null(error.InnerException);
        Assert.DoesNotContain('\n', error.Message);
        zip.Position = 0;
        return error;
    }
}
