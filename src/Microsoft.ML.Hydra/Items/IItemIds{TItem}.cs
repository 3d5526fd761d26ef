namespace Microsoft.ML.Hydra.Items;

/// <summary>Item ids in the type that they have outside, and rows: without boxing, for many threads.</summary>
/// <typeparam name="TItem">Type of an id: string, an integer type, or the type of the keys' values.</typeparam>
internal interface IItemIds<TItem>
{
    /// <summary>The id's row; 0 when it is missing, <see cref="ItemVocabulary.Unknown"/> when it is not in the vocabulary.</summary>
    int FindRow(TItem id);

    /// <summary>The id of a row, 1 .. the vocabulary's count.</summary>
    TItem IdOf(int row);
}
