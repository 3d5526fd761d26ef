using Microsoft.ML;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text;
using Microsoft.ML.Hydra.Text.Featurizing;
using Microsoft.ML.Hydra.Text.Interop;
using Microsoft.ML.Runtime;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: LoadableClass(
    typeof(TextVectorTransformer),
    typeof(TextVectorModelLoader),
    null,
    typeof(SignatureLoadModel),
    "Hydra text vectors",
    TextVectorModel.LoaderSignature)]

namespace Microsoft.ML.Hydra.Text.Interop;

/// <summary>
/// The header that lets <c>mlContext.Model.Load</c> find this library, and the version check. The main stream of the model
/// holds one string, in this and all later formats: the version of the library that saved it.
/// </summary>
internal static class TextVectorModel
{
    /// <summary>The name under which ML.NET finds the loader; never changed.</summary>
    public const string LoaderSignature = "HydraTextVectors";

    /// <summary>Eight characters that mark the model; never changed.</summary>
    public const string ModelSignature = "HYDRATXV";

    /// <summary>The simple name of the assembly to load; never changed.</summary>
    public const string LoaderAssemblyName = "Microsoft.ML.Hydra.Text";

    /// <summary>The format of the entries; raised when an older library could not read them.</summary>
    public const uint FormatVersion = 1;

    /// <summary>The oldest format that this version reads.</summary>
    public const uint OldestReadableFormatVersion = 1;

    /// <summary>The version that a saved model states.</summary>
    private static string LibraryVersion => typeof(TextVectorModel).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>Writes the header and then the entries.</summary>
    /// <exception cref="InvalidOperationException">The encoder cannot be saved.</exception>
    public static void Save(ModelSaveContext context, TextColumns columns, TextEncoder encoder)
    {
        context.CheckAtModel();
        context.SetVersionInfo(Version());
        context.Writer.Write(LibraryVersion);
        TextVectorArchive.Write(new MlNetModelWriter(context), columns, encoder);
    }

    /// <summary>Checks the header and gives access to the entries.</summary>
    /// <exception cref="InvalidDataException">The model is in a format that this version does not read.</exception>
    public static IModelEntryReader Open(ModelLoadContext context)
    {
        string writer = "an unknown version";
        try
        {
            writer = context.Reader.ReadString();
            context.CheckVersionInfo(Version());
        }
        catch (Exception e) when (e is FormatException or IOException or ArgumentException)
        {
            // Without ML.NET's own exception inside: the innermost exception is the one that a user looks at.
            throw new InvalidDataException(
                $"The text vectors were saved by Microsoft.ML.Hydra.Text {MessageText.Of(writer)} in a format that this version, {LibraryVersion}, cannot read: " +
                "use the version that saved them or a newer one, or make and save the model again.");
        }

        return new MlNetModelReader(context);
    }

    private static VersionInfo Version() => new(
        modelSignature: ModelSignature,
        verWrittenCur: FormatVersion,
        verReadableCur: FormatVersion,
        verWeCanReadBack: OldestReadableFormatVersion,
        loaderAssemblyName: LoaderAssemblyName,
        loaderSignature: LoaderSignature);
}

/// <summary>What <c>mlContext.Model.Load</c> calls for text vectors; found by the attribute above.</summary>
internal static class TextVectorModelLoader
{
    /// <summary>Loads the transformer. ML.NET knows this method by its name and its parameters.</summary>
    /// <param name="env">The environment of the new transformer.</param>
    /// <param name="ctx">The model in the zip.</param>
    internal static TextVectorTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        HydraModelLoader.Load(env, () => TextVectorTransformer.Load(env, TextVectorModel.Open(ctx)));
}
