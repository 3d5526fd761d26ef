using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Text.Caching;
using Microsoft.ML.Hydra.Text.Featurizing;
using Microsoft.ML.Hydra.Text.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Text;

/// <summary>
/// Adds a column with the vectors of texts. Made by <see cref="ItemTextCatalog.Featurize"/>.
/// </summary>
/// <remarks>
/// <para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>input</term><description>text, or a vector of text</description></item>
/// <item><term>output</term><description>vector of Single, <see cref="TextEncoder.Dimension"/> long and of length 1; all NaN where the texts have no letter and no digit</description></item>
/// </list>
/// </para>
/// <para>
/// <list type="table">
/// <item><term>Needs to be trained</term><description>no: <c>Fit</c> checks the columns and opens the cache</description></item>
/// <item><term>Is saved with the model</term><description>the whole encoder, where it came from a folder</description></item>
/// </list>
/// </para>
/// </remarks>
public sealed class TextVectorEstimator : IEstimator<TextVectorTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly TextColumns _columns;
    private readonly TextEncoder _encoder;
    private readonly string? _cachePath;

    internal TextVectorEstimator(IHostEnvironment environment, TextColumns columns, TextEncoder encoder, string? cachePath)
    {
        MlNetMembers.Require();
        (_environment, _columns, _encoder, _cachePath) = (environment, columns, encoder, cachePath);
    }

    /// <summary>Checks the columns, and opens the cache.</summary>
    /// <param name="input">A view with the input columns; its rows are not read.</param>
    /// <exception cref="ArgumentException">An input column is missing or holds no text.</exception>
    /// <exception cref="InvalidDataException">The file of the cache is something else; it is left as it is.</exception>
    /// <exception cref="IOException">The file of the cache cannot be read or written.</exception>
    public TextVectorTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _columns.Find(input.Schema);
        return new TextVectorTransformer(_environment, _columns, _encoder, VectorCache.Open(_environment, _cachePath));
    }

    /// <summary>The schema of the output, before anything is fitted.</summary>
    /// <param name="inputSchema">The schema of the input.</param>
    /// <exception cref="ArgumentException">An input column is missing or holds no text.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return TextVectorSchemaShape.Add(inputSchema, _columns);
    }
}
