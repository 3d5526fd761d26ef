using Microsoft.ML;
using Microsoft.ML.Hydra;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(HydraSequenceRecommendationTransformer),
    typeof(HydraModelLoader),
    null,
    typeof(SignatureLoadModel),
    "Hydra sequence recommendation",
    MlNetModel.LoaderSignature)]

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// The header that lets <c>mlContext.Model.Load</c> find this library, and the version check. The main stream of the model
/// holds one string, in this and all later formats: the version of the library that saved it.
/// </summary>
internal static class MlNetModel
{
    /// <summary>The name under which ML.NET finds the loader; never changed.</summary>
    public const string LoaderSignature = "HydraSequenceRec";

    /// <summary>Eight characters that mark the model; never changed.</summary>
    public const string ModelSignature = "HYDRASEQ";

    /// <summary>The simple name of the assembly to load; never changed.</summary>
    public const string LoaderAssemblyName = "Microsoft.ML.Hydra";

    /// <summary>The format of the entries; raised when an older library could not read them.</summary>
    public const uint FormatVersion = 1;

    /// <summary>The oldest format that this version reads.</summary>
    public const uint OldestReadableFormatVersion = 1;

    /// <summary>The version that a saved model states.</summary>
    public static string LibraryVersion => typeof(MlNetModel).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>Writes the header and then the entries.</summary>
    /// <param name="context">What ML.NET passes to a transformer that it saves.</param>
    /// <param name="write">Writes the entries.</param>
    public static void Save(ModelSaveContext context, Action<IModelEntryWriter> write)
    {
        context.CheckAtModel();
        context.SetVersionInfo(Version(FormatVersion));
        context.Writer.Write(LibraryVersion);
        write(new MlNetModelWriter(context));
    }

    /// <summary>Checks the header and gives access to the entries.</summary>
    /// <param name="context">What ML.NET passes to the loader.</param>
    /// <exception cref="InvalidDataException">The model is not from this library, or in a format that this version does not read.</exception>
    public static IModelEntryReader Open(ModelLoadContext context)
    {
        string writer = "an unknown version";
        try
        {
            writer = context.Reader.ReadString();
            context.CheckVersionInfo(Version(FormatVersion));
        }
        catch (Exception e) when (e is FormatException or IOException or ArgumentException)
        {
            // Without ML.NET's own exception inside: the innermost exception is the one that a user looks at.
            throw Unreadable(writer);
        }

        return new MlNetModelReader(context);
    }

    /// <summary>The error for a model in another format.</summary>
    /// <param name="writer">The version of the library that saved it.</param>
    internal static InvalidDataException Unreadable(string writer) => new(
        $"The model was saved by Microsoft.ML.Hydra {MessageText.Of(writer)} in a format that this version, {LibraryVersion}, cannot read: " +
        "use the version that saved it or a newer one, or train and save the model again.");

    private static VersionInfo Version(uint formatVersion) => new(
        modelSignature: ModelSignature,
        verWrittenCur: formatVersion,
        verReadableCur: formatVersion,
        verWeCanReadBack: OldestReadableFormatVersion,
        loaderAssemblyName: LoaderAssemblyName,
        loaderSignature: LoaderSignature);
}

/// <summary>
/// Entries in the model's directory of an ML.NET zip. ML.NET writes each through a temporary file: an entry may exceed 2 GB as
/// long as no single write does. Names must differ in more than case.
/// </summary>
/// <param name="context">The model being saved.</param>
internal sealed class MlNetModelWriter(ModelSaveContext context) : IModelEntryWriter
{
    public void Write(string name, Action<Stream> write) => context.SaveBinaryStream(name, writer =>
    {
        using var stream = new OpenStream(writer.BaseStream);
        write(stream);
    });
}

/// <summary>Entries of the model's directory of an ML.NET zip, as written by <see cref="MlNetModelWriter"/>; seekable.</summary>
/// <param name="context">The model being loaded.</param>
internal sealed class MlNetModelReader(ModelLoadContext context) : IModelEntryReader
{
    /// <exception cref="IOException">ML.NET could not unpack the entry into its temporary folder.</exception>
    public bool TryRead(string name, Action<Stream> read)
    {
        bool unpacked = false;
        try
        {
            return context.TryLoadBinaryStream(name, reader =>
            {
                unpacked = true;
                using var stream = new OpenStream(reader.BaseStream);
                read(stream);
            });
        }
        catch (Exception e) when (!unpacked && e is (IOException and not EndOfStreamException) or UnauthorizedAccessException)
        {
            throw new IOException(
                $"ML.NET could not unpack the entry '{name}' of the model into its temporary folder ({e.Message.TrimEnd('.')}): set MLContext.TempFilePath or the " +
                "environment variable TMPDIR to a folder that can be written to and has room, or load the model with mlContext.SequenceRecommendation().LoadModel, which writes no file.", e);
        }
    }
}

/// <summary>A view on a stream that can be closed without closing the stream: ML.NET still needs its entries afterwards.</summary>
/// <param name="stream">The stream that stays open.</param>
internal sealed class OpenStream(Stream stream) : Stream
{
    public override bool CanRead => stream.CanRead;

    public override bool CanSeek => stream.CanSeek;

    public override bool CanWrite => stream.CanWrite;

    public override long Length => stream.Length;

    public override long Position
    {
        get => stream.Position;
        set => stream.Position = value;
    }

    public override void Flush() => stream.Flush();

    public override int Read(byte[] buffer, int offset, int count) => stream.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => stream.Read(buffer);

    public override long Seek(long offset, SeekOrigin origin) => stream.Seek(offset, origin);

    public override void SetLength(long value) => stream.SetLength(value);

    public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => stream.Write(buffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing && stream.CanWrite)
        {
            stream.Flush();
        }

        base.Dispose(disposing);
    }
}

/// <summary>What <c>mlContext.Model.Load</c> calls for a model of this library; found by the attribute above.</summary>
internal static class HydraModelLoader
{
    /// <summary>Loads the transformer. ML.NET knows this method by its name and its parameters.</summary>
    /// <param name="env">The environment of the new transformer.</param>
    /// <param name="ctx">The model in the zip.</param>
    internal static HydraSequenceRecommendationTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        Load(env, () => HydraSequenceRecommendationTransformer.Load(env, MlNetModel.Open(ctx)));

    /// <summary>Loads a transformer, so that a user sees the message of what failed.</summary>
    /// <param name="env">The environment of the new transformer.</param>
    /// <param name="load">Loads.</param>
    internal static T Load<T>(IHostEnvironment env, Func<T> load)
    {
        try
        {
            MlNetMembers.Require();
            return load();
        }
        catch (InvalidDataException e)
        {
            // Without a parser's exception inside: the innermost exception is the one that a user looks at.
            var plain = new InvalidDataException(e.Message);
            env.Process(plain);
            throw plain;
        }
        catch (Exception e)
        {
            // ML.NET wraps what a loader throws: a processed exception in an InvalidOperationException, another one in that of reflection.
            env.Process(e);
            throw;
        }
    }
}
