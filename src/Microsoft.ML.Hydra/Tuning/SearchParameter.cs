using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>An option and the values that a search draws for it.</summary>
internal abstract class SearchParameter(TunableOption option)
{
    /// <summary>The option.</summary>
    public TunableOption Option => option;

    /// <summary>A value of the option's type.</summary>
    public abstract object? Draw(Random random);

    /// <summary>As it stands in the file of a space.</summary>
    public abstract JsonNode ToJson();
}
