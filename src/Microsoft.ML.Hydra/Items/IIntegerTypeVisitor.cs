using System.Numerics;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Generic code to run for one of the eight integer types.</summary>
internal interface IIntegerTypeVisitor<out TResult>
{
    TResult Visit<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T>;
}
