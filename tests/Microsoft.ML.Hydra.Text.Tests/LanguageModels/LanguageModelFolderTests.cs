using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Microsoft.ML.Hydra.Text.Tests.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.LanguageModels;

public sealed class LanguageModelFolderTests
{
    [Theory]
    [InlineData("bert", "")]
    [InlineData("bert", "bert.")]
    [InlineData("roberta", "roberta.")]
    [InlineData("qwen3", "model.")]
    public void Several_files_with_short_numbers_give_the_same_tensors(string type, string prefix)
    {
        using TinyFolder folder = type == "qwen3" ? TinyFolder.Llama(type) : TinyFolder.Bert(type);
        folder.Prefix = prefix;
        folder.Write();
        File.Delete(Path.Combine(folder.Directory, "model.safetensors"));
        var map = new JsonObject();
        NamedTensor[][] files = [.. folder.Tensors.Values.Append(new NamedTensor("lm_head.weight", [2], new long[2])).Chunk(7)];
        for (int i = 0; i < files.Length; i++)
        {
            NamedTensor[] shortened = Array.ConvertAll(files[i], tensor => Shorten(tensor, isHalf: i % 2 == 0));
            folder.WriteWeights($"part-{i}.safetensors", shortened);
            foreach (NamedTensor tensor in shortened)
            {
                map[prefix + tensor.Name] = $"part-{i}.safetensors";
            }
        }

        folder.WriteJson("model.safetensors.index.json", new JsonObject { ["weight_map"] = map });
        LanguageModelWeights weights = LanguageModelFolder.Read(folder.Directory).Weights;

        Assert.Equal(folder.Tensors.Keys.Order(), weights.Tensors.Keys.Order());
        Assert.All(folder.Tensors, pair => Assert.Equal(pair.Value.Shape.ToArray(), weights.Tensors[pair.Key].Shape.ToArray()));
        Assert.All(folder.Tensors, pair => Assert.All(pair.Value.Values<float>().Zip(weights[pair.Key]), values => Assert.Equal(values.First, values.Second, (0.0079f * Math.Abs(values.First)) + 1e-7f)));
        Assert.Equal((float)(Half)folder.Tensors.Values.First().Values<float>()[3], weights[folder.Tensors.Keys.First()][3]);
    }

    [Fact]
    public void Older_names_of_norms_are_read()
    {
        using TinyFolder folder = TinyFolder.Bert().Write();
        folder.WriteWeights("model.safetensors", folder.Tensors.Values.Select(tensor => new NamedTensor(
            tensor.Name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal), tensor.Shape, tensor.Data)));
        Assert.Equal(folder.Tensors.Keys.Order(), LanguageModelFolder.Read(folder.Directory).Weights.Tensors.Keys.Order());
    }

    [Fact]
    public void A_written_folder_reads_as_the_same_model()
    {
        using TinyFolder folder = TinyFolder.Bert().Write();
        Directory.CreateDirectory(Path.Combine(folder.Directory, "1_Pooling"));
        folder.WriteJson("1_Pooling/config.json", new JsonObject { ["pooling_mode_cls_token"] = true });
        folder.Tensors["hydra.item_token"] = new NamedTensor("hydra.item_token", [24], new float[24]);
        var read = LanguageModelFolder.Read(folder.Directory);
        LanguageModelFolder tuned = read.With(new LanguageModelWeights(read.Shape, folder.Tensors), new FolderSettings("p ", 20, TextPooling.ItemToken));
        string target = Path.Combine(folder.Directory, "tuned");
        tuned.Write(target);

        using var first = new FolderEncoder(tuned, null);
        using var second = (FolderEncoder)TextEncoder.FromFolder(target);
        Assert.Equal(first.Settings, second.Settings);
        Assert.Equal(first.Identity, second.Identity);
        Assert.Equal(first.Encode(["a tent"]), second.Encode(["a tent"]));
        Assert.NotEqual(new FolderEncoder(read, null).Identity, first.Identity);
        Assert.Equal(["config.json", "hydra_text.json", "model.safetensors", "tokenizer.json"], Directory.GetFileSystemEntries(target).Select(Path.GetFileName).Order());
        Assert.Equal(TextPooling.FirstToken, read.Settings.Pooling);
    }

    [Fact]
    public void An_existing_folder_is_never_overwritten_and_nothing_is_left_of_a_failure()
    {
        using TinyFolder folder = TinyFolder.Bert().Write();
        var read = LanguageModelFolder.Read(folder.Directory);
        string target = Path.Combine(folder.Directory, "tuned");
        Directory.CreateDirectory(target);
        Assert.Contains("exists already", Assert.Throws<IOException>(() => read.Write(target)).Message, StringComparison.Ordinal);
        Assert.Contains("exists already", Assert.Throws<IOException>(() => read.Write(Path.Combine(folder.Directory, "config.json"))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(target));
        Assert.Contains("create it first", Assert.Throws<DirectoryNotFoundException>(() => read.Write(Path.Combine(folder.Directory, "no", "tuned"))).Message, StringComparison.Ordinal);

        // The same name in another case of the alphabet is a file on every system; a tensor whose name is no Unicode fails while it is written.
        var broken = new Dictionary<string, NamedTensor>(folder.Tensors) { ["\ud800"] = new NamedTensor("\ud800", [1], new float[1]) };
        Assert.Throws<ArgumentException>(() => read.With(new LanguageModelWeights(read.Shape, broken), new FolderSettings()).Write(Path.Combine(folder.Directory, "other")));
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json", "tuned"], Directory.GetFileSystemEntries(folder.Directory).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public void A_mutated_file_is_refused_or_read_but_never_crashes(string name)
    {
        using TinyFolder folder = TinyFolder.Bert().Write();
        string path = Path.Combine(folder.Directory, name);
        byte[] original = File.ReadAllBytes(path);
        var random = new Random(11);
        int refused = 0;
        for (int round = 0; round < 250; round++)
        {
            byte[] mutated = (byte[])original.Clone();
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                int at = random.Next(random.Next(4) == 0 ? mutated.Length : Math.Min(mutated.Length, 2000));
                mutated[at] = (byte)(random.Next(3) == 0 ? random.Next(256) : "0123456789{}[]\",:-e"[random.Next(19)]);
            }

            File.WriteAllBytes(path, random.Next(10) == 0 ? mutated[..random.Next(mutated.Length)] : mutated);
            try
            {
                using TextEncoder encoder = TextEncoder.FromFolder(folder.Directory, new TextEncoderOptions { NumberOfThreads = 1 });
                Assert.Equal(encoder.Dimension, encoder.Encode(["a tent, 12 camps"])[0].Length);
            }
            catch (InvalidDataException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 50, 250);
    }

    private static NamedTensor Shorten(NamedTensor tensor, bool isHalf) => tensor.Data is not float[] values ? tensor : isHalf
        ? new NamedTensor(tensor.Name, tensor.Shape, Array.ConvertAll(values, value => (Half)value))
        : new NamedTensor(tensor.Name, tensor.Shape, Array.ConvertAll(values, value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)));
}
