using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>JSON that keeps every number, NaN included.</summary>
internal static class JsonNumbers
{
    /// <summary>Shared settings.</summary>
    public static JsonSerializerOptions Options { get; } = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
}
