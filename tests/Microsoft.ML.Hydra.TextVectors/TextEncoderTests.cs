using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Xunit;

namespace Microsoft.ML.Hydra.TextVectors;

public sealed class TextEncoderTests
{
    // Of the model's card: sentence-transformers/all-MiniLM-L6-v2, "This is an example sentence".
    private static readonly float[] s_published = [0.0676569f, 0.0634960f, 0.0487132f, 0.0793050f, 0.0374480f];

    [Fact]
    public void A_text_has_the_published_vector_whatever_is_encoded_with_it()
    {
        using var encoder = new TextEncoder();
        float[]?[] vectors = encoder.Encode(["This is an example sentence", "", "mug", "Each sentence is converted", string.Join(' ', Enumerable.Repeat("long", 600))]);

        Assert.All(s_published.Zip(vectors[0]!), pair => Assert.Equal(pair.First, pair.Second, 2e-6f));
        Assert.Equal(encoder.Encode(["This is an example sentence"])[0], vectors[0]);
        Assert.Null(vectors[1]);
        Assert.All(vectors.OfType<float[]>(), vector =>
        {
            Assert.Equal(TextEncoder.Width, vector.Length);
            Assert.Equal(1, vector.Sum(value => (double)value * value), 1e-6);
        });
    }

    [Fact]
    public void The_csv_reads_as_items_with_numbers()
    {
        float[] vector = [.. Enumerable.Range(0, TextEncoder.Width).Select(i => 1f / (i + 3))];
        using var stream = new MemoryStream();
        Program.WriteCsv(stream, ["a", "Mug, \"large\""], [vector, null]);
        DirectoryInfo directory = Directory.CreateTempSubdirectory("hydra-vectors-");
        try
        {
            string path = Path.Combine(directory.FullName, "v.csv");
            File.WriteAllText(path, Encoding.UTF8.GetString(stream.ToArray()));
            IDataView view = ItemFile.Read(new MLContext(), TableFile.Open(path, null, TableKind.Items), new ItemColumnChoice())
                .ToView(new HydraSequenceRecommendationTrainer.Options());

            Assert.Equal(["a", "Mug, \"large\""], view.GetColumn<string>("ItemId"));
            Assert.Equal([vector, [.. Enumerable.Repeat(float.NaN, TextEncoder.Width)]], view.GetColumn<float[]>("Features"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
