using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>Files to test with, and their content to compare.</summary>
internal static class SafetensorsSamples
{
    /// <summary>All element types, a scalar, empty tensors, special floats and names beyond ASCII.</summary>
    public static SafetensorsFile Mixed() => new(
        [
            new NamedTensor("weight", [2, 3], new[] { 1f, -0f, float.NaN, float.PositiveInfinity, float.Epsilon, -7.25f }),
            new NamedTensor("scalar", [], new[] { 1234567890123L }),
            new NamedTensor("empty", [0, 5], Array.Empty<float>()),
            new NamedTensor("名前 \"é\" \\ 🐉\n", [1], new[] { int.MinValue }),
            new NamedTensor("double", [1, 1, 2], new[] { Math.PI, double.MinValue }),
            new NamedTensor("", [3], new[] { 0, -1, int.MaxValue }),
            new NamedTensor("also empty", [0], Array.Empty<long>()),
        ],
        new Dictionary<string, string> { ["zeta"] = "{\"json\":[1,2]}", ["alpha"] = "", ["ключ"] = "🐉 line\nbreak" });

    public static byte[] ToBytes(SafetensorsFile file)
    {
        using var bytes = new MemoryStream();
        file.Write(bytes);
        return bytes.ToArray();
    }

    /// <summary>A file of any header and buffer, valid or not.</summary>
    public static byte[] Raw(string header, params byte[] buffer)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, text.Length);
        return [.. prefix, .. text, .. buffer];
    }

    /// <summary>Everything a reader returns as one text, floats by their bits.</summary>
    public static string Content(SafetensorsFile file) => Content(file.Metadata, file.Tensors);

    public static string Content(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<NamedTensor> tensors)
    {
        var text = new StringBuilder();
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append($"<{key}>=<{value}>;");
        }

        foreach (NamedTensor tensor in tensors)
        {
            using var bytes = new MemoryStream();
            tensor.WriteValues(bytes);
            text.Append($"<{tensor.Name}>{tensor.ElementType}{TensorShape.Text(tensor.Shape)}{Convert.ToHexString(bytes.ToArray())};");
        }

        return text.ToString();
    }
}
