using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Generic code to run for the raw type of one primitive column type.</summary>
internal interface IPrimitiveTypeVisitor<out TResult>
{
    TResult Visit<T>(PrimitiveDataViewType type) where T : notnull;
}
