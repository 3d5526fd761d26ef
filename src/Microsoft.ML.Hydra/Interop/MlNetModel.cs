using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// The header that lets <c>mlContext.Model.Load</c> find this library, and the version check. The main stream of the model
/// holds one string, in every format there will be: the version of the library that saved it.
/// </summary>
internal static class MlNetModel
{
    /// <summary>The name under which ML.NET finds the loader; never changed.</summary>
    public const string LoaderSignature = "HydraSequenceRec";

    // Never changed: eight characters that mark the model, and the simple name of the assembly to load.
    private const string ModelSignature = "HYDRASEQ";
    private const string LoaderAssemblyName = "Microsoft.ML.Hydra";

    // The format of the entries, counted up when an older library could not read them.
    private const uint FormatVersion = 1;
    private const uint OldestReadableFormatVersion = 1;

    private static string LibraryVersion => typeof(MlNetModel).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>Writes the header and then the entries.</summary>
    /// <param name="context">What ML.NET hands to a transformer that it saves.</param>
    /// <param name="write">Writes the entries.</param>
    public static void Save(ModelSaveContext context, Action<IModelEntryWriter> write)
    {
        context.CheckAtModel();
        context.SetVersionInfo(Version(FormatVersion));
        context.Writer.Write(LibraryVersion);
        write(new MlNetModelWriter(context));
    }

    /// <summary>Checks the header and gives access to the entries.</summary>
    /// <param name="context">What ML.NET hands to the loader.</param>
    /// <exception cref="InvalidDataException">The model is no model of this library, or of a format it does not read.</exception>
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
            // Without ML.NET's own complaint inside: the innermost exception is the one a user looks at.
            throw new InvalidDataException(
                $"The model was saved by Microsoft.ML.Hydra {writer} in a format that this version, {LibraryVersion}, cannot read: " +
                "use the version that saved it or a newer one, or train and save the model again.");
        }

        return new MlNetModelReader(context);
    }

    private static VersionInfo Version(uint formatVersion) => new(
        modelSignature: ModelSignature,
        verWrittenCur: formatVersion,
        verReadableCur: formatVersion,
        verWeCanReadBack: OldestReadableFormatVersion,
        loaderAssemblyName: LoaderAssemblyName,
        loaderSignature: LoaderSignature);
}
