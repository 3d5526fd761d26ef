using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.Tests.Models;
using TwoShops;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Encoders;

public sealed class PackagedModelTests
{
    // Of the model's card: sentence-transformers/all-MiniLM-L6-v2, "This is an example sentence".
    private static readonly float[] s_published = [0.0676569f, 0.0634960f, 0.0487132f, 0.0793050f, 0.0374480f];

    private static readonly string[] s_texts =
    [
        "This is an example sentence", "mug", "Tarn ultralight tent for camping, 2 persons (green)", "Crème brûlée & naïve café – 50 % off!", "你好 world",
        "x", "ALL CAPITALS 1234567890 #?!", string.Join(' ', Enumerable.Repeat("a long description of a product", 40)),
        .. Enumerable.Range(0, 60).Select(i => string.Join(' ', Enumerable.Range(0, 1 + (i % 23)).Select(word => $"word{word * i % 17} of"))),
    ];

    [Fact]
    public void MiniLM_gives_the_published_vector()
    {
        using TextEncoder encoder = TextEncoder.FromFolder(PackagedFolders.MiniLM);
        float[] vector = encoder.Encode(["This is an example sentence"])[0];

        Assert.Equal(384, encoder.Dimension);
        Assert.Equal(384, vector.Length);
        Assert.All(s_published.Zip(vector), pair => Assert.Equal(pair.First, pair.Second, 2e-6f));
        Assert.Equal(1, vector.Sum(value => (double)value * value), 1e-6);
    }

    [Theory]
    [InlineData("MiniLM", 1e-6)]
    [InlineData("ArcticXs", 1e-6)]
    public void A_packaged_model_gives_the_vectors_of_ONNX_Runtime(string name, double tolerance)
    {
        bool isMiniLM = name == "MiniLM";
        using var encoder = (FolderEncoder)TextEncoder.FromFolder(isMiniLM ? PackagedFolders.MiniLM : PackagedFolders.ArcticXs);
        using var reference = new OnnxReference(isMiniLM ? PackagedModel.MiniLM : PackagedModel.ArcticXs, poolsMean: isMiniLM);
        float[][] vectors = encoder.Encode(s_texts);

        Assert.Equal(isMiniLM ? TextPooling.Mean : TextPooling.FirstToken, encoder.Settings.Pooling);
        foreach ((string text, float[] vector) in s_texts.Zip(vectors))
        {
            double worst = reference.Encode(encoder.Tokens(text)).Zip(vector, (a, b) => Math.Abs(a - b)).Max();
            Assert.True(worst <= tolerance, $"'{text}' differs by {worst}.");
        }
    }

    [Fact]
    public void Threads_order_and_company_change_no_bit()
    {
        using TextEncoder one = TextEncoder.FromFolder(PackagedFolders.MiniLM, new TextEncoderOptions { NumberOfThreads = 1 });
        using TextEncoder four = TextEncoder.FromFolder(PackagedFolders.MiniLM, new TextEncoderOptions { NumberOfThreads = 4 });
        float[][] vectors = one.Encode(s_texts);

        Assert.Equal(vectors, four.Encode(s_texts));
        Assert.Equal(vectors.Reverse(), one.Encode([.. s_texts.Reverse()]));
        Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(vectors[i], one.Encode([s_texts[i]])[0]));
        var concurrent = new float[6][][];
        Parallel.For(0, concurrent.Length, i => concurrent[i] = four.Encode(s_texts));
        Assert.All(concurrent, results => Assert.Equal(vectors, results));
        Assert.Equal(one.Identity, four.Identity);
    }
}
