using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>How ML.NET's loader reads a file of interactions, header and rows alike.</summary>
internal static class LoaderOptions
{
    /// <summary>Quotes may enclose a field, with separators, doubled quotes and line ends in it.</summary>
    public static TextLoader.Options Create(InteractionFile file) => new()
    {
        Separators = [file.Separator],
        HasHeader = true,
        AllowQuoting = true,
        ReadMultilines = true,
        TrimWhitespace = false,
        AllowSparse = false,
    };
}
