using System.Buffers;
using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// The saved form of a vocabulary, little-endian: <c>int32 version</c>, <c>byte kind</c> (1 text, 2 integers, 3 keys), content.
/// Text: <c>int32 count, text…</c>. Integers: <c>byte type, int32 count, int64…</c>. Keys: <c>byte type, int32 count,
/// byte type of values (0 none), value…</c>. A text is its 7-bit-encoded <c>2 · bytes + form</c> and the bytes; form 0 is
/// UTF-8, form 1 is UTF-16 for text that UTF-8 cannot hold.
/// </summary>
internal static class ItemVocabularyFormat
{
    private const int Version = 1;
    private const byte TextKind = 1;
    private const byte IntegerKind = 2;
    private const byte KeyKind = 3;
    private const int LargestRead = 1 << 16;

    // One empty table for each type of values. The position is the type's code, from 1: only ever append.
    private static readonly KeyValueTable[] s_tables =
    [
        new KeyValueTable<ReadOnlyMemory<char>>(TextDataViewType.Instance, []),
        new KeyValueTable<sbyte>(NumberDataViewType.SByte, []),
        new KeyValueTable<byte>(NumberDataViewType.Byte, []),
        new KeyValueTable<short>(NumberDataViewType.Int16, []),
        new KeyValueTable<ushort>(NumberDataViewType.UInt16, []),
        new KeyValueTable<int>(NumberDataViewType.Int32, []),
        new KeyValueTable<uint>(NumberDataViewType.UInt32, []),
        new KeyValueTable<long>(NumberDataViewType.Int64, []),
        new KeyValueTable<ulong>(NumberDataViewType.UInt64, []),
        new KeyValueTable<float>(NumberDataViewType.Single, []),
        new KeyValueTable<double>(NumberDataViewType.Double, []),
        new KeyValueTable<bool>(BooleanDataViewType.Instance, []),
        new KeyValueTable<DateTime>(DateTimeDataViewType.Instance, []),
        new KeyValueTable<DateTimeOffset>(DateTimeOffsetDataViewType.Instance, []),
        new KeyValueTable<TimeSpan>(TimeSpanDataViewType.Instance, []),
        new KeyValueTable<DataViewRowId>(RowIdDataViewType.Instance, []),
    ];

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Write(ItemVocabulary vocabulary, Stream stream)
    {
        using var writer = new BinaryWriter(stream, s_utf8, leaveOpen: true);
        writer.Write(Version);
        writer.Write(vocabulary switch
        {
            TextItemVocabulary => TextKind,
            KeyItemVocabulary => KeyKind,
            _ => IntegerKind,
        });
        vocabulary.WriteContent(writer);
    }

    public static ItemVocabulary Read(Stream stream)
    {
        using var reader = new BinaryReader(stream, s_utf8, leaveOpen: true);
        try
        {
            ItemVocabulary vocabulary = ReadVersionAndContent(reader);
            return stream.ReadByte() < 0
                ? vocabulary
                : throw new InvalidDataException("The saved vocabulary is corrupted: it goes on after its last item; save the model again.");
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The saved vocabulary is truncated: it ends before its last item; save or copy the model again.", e);
        }
    }

    /// <summary>The code of a primitive type in saved models, from 1; 0 for any other type, keys among them.</summary>
    public static byte CodeOf(PrimitiveDataViewType type) => (byte)(Array.FindIndex(s_tables, table => table.ItemType.Equals(type)) + 1);

    /// <summary>An empty table of the type with this code.</summary>
    public static KeyValueTable TableOf(byte code) => code >= 1 && code <= s_tables.Length
        ? s_tables[code - 1]
        : throw new InvalidDataException($"The saved vocabulary is corrupted: there is no column type {code}; save the model again.");

    /// <summary>Reads a count. The caller does not allocate by it, because a corrupted file may hold any number.</summary>
    public static int ReadCount(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        return count >= 1
            ? count
            : throw new InvalidDataException($"The saved vocabulary is corrupted: it says that it has {count} items; save the model again.");
    }

    public static void WriteText(BinaryWriter writer, string text)
    {
        if (IsValidUtf16(text))
        {
            byte[] bytes = s_utf8.GetBytes(text);
            writer.Write7BitEncodedInt64(2L * bytes.Length);
            writer.Write(bytes);
            return;
        }

        writer.Write7BitEncodedInt64((2L * (2L * text.Length)) + 1);
        foreach (char c in text)
        {
            writer.Write((ushort)c);
        }
    }

    public static string ReadText(BinaryReader reader)
    {
        ulong header = (ulong)reader.Read7BitEncodedInt64();
        ulong length = header >> 1;
        bool isUtf16 = (header & 1) == 1;
        if (length > (ulong)Array.MaxLength || (isUtf16 && (length & 1) == 1))
        {
            throw new InvalidDataException($"The saved vocabulary is corrupted: it says that a text has {length} bytes; save the model again.");
        }

        byte[] bytes = ReadBytes(reader, (int)length);
        try
        {
            return isUtf16 ? new string(MemoryMarshal.Cast<byte, char>(bytes)) : s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("The saved vocabulary is corrupted: a text is not valid UTF-8; save the model again.", e);
        }
    }

    /// <summary>Writes one value of a key, boxed; text as <see cref="ReadOnlyMemory{T}"/>.</summary>
    public static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case ReadOnlyMemory<char> v: WriteText(writer, v.ToString()); break;
            case sbyte v: writer.Write(v); break;
            case byte v: writer.Write(v); break;
            case short v: writer.Write(v); break;
            case ushort v: writer.Write(v); break;
            case int v: writer.Write(v); break;
            case uint v: writer.Write(v); break;
            case long v: writer.Write(v); break;
            case ulong v: writer.Write(v); break;
            case float v: writer.Write(v); break;
            case double v: writer.Write(v); break;
            case bool v: writer.Write(v); break;
            case DateTime v: writer.Write(v.Ticks); writer.Write((byte)v.Kind); break;
            case DateTimeOffset v: writer.Write(v.Ticks); writer.Write(v.Offset.Ticks); break;
            case TimeSpan v: writer.Write(v.Ticks); break;
            case DataViewRowId v: writer.Write(v.Low); writer.Write(v.High); break;
            default: throw new ArgumentException($"A key value of type {value.GetType()} cannot be saved.", nameof(value));
        }
    }

    /// <summary>Reads what <see cref="WriteValue"/> wrote for a value of this type.</summary>
    public static T ReadValue<T>(BinaryReader reader, PrimitiveDataViewType type) where T : notnull
    {
        try
        {
            return (T)(default(T) switch
            {
                ReadOnlyMemory<char> => ReadText(reader).AsMemory(),
                sbyte => reader.ReadSByte(),
                byte => reader.ReadByte(),
                short => reader.ReadInt16(),
                ushort => reader.ReadUInt16(),
                int => reader.ReadInt32(),
                uint => reader.ReadUInt32(),
                long => reader.ReadInt64(),
                ulong => reader.ReadUInt64(),
                float => reader.ReadSingle(),
                double => reader.ReadDouble(),
                bool => reader.ReadBoolean(),
                DateTime => new DateTime(reader.ReadInt64(), (DateTimeKind)reader.ReadByte()),
                DateTimeOffset => new DateTimeOffset(reader.ReadInt64(), new TimeSpan(reader.ReadInt64())),
                TimeSpan => new TimeSpan(reader.ReadInt64()),
                DataViewRowId => new DataViewRowId(reader.ReadUInt64(), reader.ReadUInt64()),
                _ => (object)null!,
            });
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The saved vocabulary is corrupted: a value of type {type} is out of range; save the model again.", e);
        }
    }

    private static ItemVocabulary ReadVersionAndContent(BinaryReader reader)
    {
        int version = reader.ReadInt32();
        if (version != Version)
        {
            throw new InvalidDataException($"The saved vocabulary has version {version}, but this library reads version {Version}; use the library that saved the model, or a later one.");
        }

        byte kind = reader.ReadByte();
        switch (kind)
        {
            case TextKind:
                return TextItemVocabulary.ReadContent(reader);
            case IntegerKind or KeyKind:
                PrimitiveDataViewType type = TableOf(reader.ReadByte()).ItemType;
                if (IntegerType.Of(type) is not { } integers)
                {
                    throw new InvalidDataException($"The saved vocabulary is corrupted: {type} is not an integer type; save the model again.");
                }

                return kind == KeyKind
                    ? KeyItemVocabulary.ReadContent(reader, type.RawType)
                    : IntegerItemVocabulary.ReadContent(reader, integers);
            default:
                throw new InvalidDataException($"The saved vocabulary is corrupted: there is no kind {kind} of items; save the model again.");
        }
    }

    /// <summary>Reads in pieces, so that a wrong length cannot allocate more than the stream holds.</summary>
    private static byte[] ReadBytes(BinaryReader reader, int length)
    {
        byte[] bytes = [];
        int read = 0;
        while (read < length)
        {
            Array.Resize(ref bytes, (int)Math.Min(length, Math.Max(LargestRead, 2L * read)));
            reader.BaseStream.ReadExactly(bytes, read, bytes.Length - read);
            read = bytes.Length;
        }

        return bytes;
    }

    private static bool IsValidUtf16(ReadOnlySpan<char> text)
    {
        text = text[Math.Max(text.IndexOfAnyInRange('\ud800', '\udfff'), 0)..];
        while (Rune.DecodeFromUtf16(text, out _, out int length) == OperationStatus.Done)
        {
            text = text[length..];
        }

        return text.IsEmpty;
    }
}
