using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Data;

internal static class InteractionGrouping
{
    public static IDataView Group(IHostEnvironment environment, IDataView interactions, string userColumnName, string itemColumnName, string? timestampColumnName) => throw new NotSupportedException();
}
