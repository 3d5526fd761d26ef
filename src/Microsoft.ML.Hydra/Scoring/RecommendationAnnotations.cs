using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>What the column <c>PredictedItems</c> says about the whole catalogue, for evaluation without the model.</summary>
internal static class RecommendationAnnotations
{
    /// <summary>Vector of Single: each item's share of the training events, row 1 first; its length is the number of items.</summary>
    public const string ItemPopularity = "ItemPopularity";

    /// <summary>Vector of the items' type: the ids, row 1 first. Left out when the items are keys, which are the rows.</summary>
    public const string ItemIds = "ItemIds";

    /// <summary>Adds everything that <see cref="TryRead"/> reads, and <c>KeyValues</c> when the items are keys that have them.</summary>
    public static void Add(DataViewSchema.Annotations.Builder annotations, ScoringModel model)
    {
        void GetPopularity(ref VBuffer<float> popularity)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref popularity, model.NumberOfItems);
            model.Popularity.CopyTo(editor.Values);
            popularity = editor.Commit();
        }

        annotations.Add<VBuffer<float>>(
            ItemPopularity, new VectorDataViewType(NumberDataViewType.Single, model.NumberOfItems), GetPopularity);
        model.Vocabulary.AddItemIds(annotations, ItemIds);
        model.Vocabulary.AddKeyValues(annotations);
    }

    /// <summary>Reads the catalogue from a column of predicted items.</summary>
    /// <param name="predictedItems">A vector column.</param>
    /// <param name="catalog">The items, and their popularity.</param>
    /// <returns>False when the column does not come from a fitted transformer, or lost its annotations on the way.</returns>
    public static bool TryRead(DataViewSchema.Column predictedItems, out RecommendationCatalog? catalog)
    {
        catalog = null;
        if (predictedItems.Type is not VectorDataViewType vector || !SequenceReader.IsItemType(vector.ItemType) ||
            !HasVector(predictedItems, ItemPopularity, NumberDataViewType.Single, out int count))
        {
            return false;
        }

        ItemVocabulary vocabulary;
        if (vector.ItemType is KeyDataViewType)
        {
            vocabulary = KeyItemVocabulary.FromColumn(predictedItems);
        }
        else if (HasVector(predictedItems, ItemIds, vector.ItemType, out _))
        {
            vocabulary = ItemVocabulary.FromAnnotation(predictedItems.Annotations, ItemIds, vector.ItemType);
        }
        else
        {
            return false;
        }

        if (vocabulary.Count != count)
        {
            return false;
        }

        VBuffer<float> popularity = default;
        predictedItems.Annotations.GetValue(ItemPopularity, ref popularity);
        var dense = new float[count];
        popularity.CopyTo(dense);
        catalog = new RecommendationCatalog(vocabulary, dense);
        return true;
    }

    private static bool HasVector(DataViewSchema.Column column, string name, PrimitiveDataViewType itemType, out int size)
    {
        var type = column.Annotations.Schema.GetColumnOrNull(name)?.Type as VectorDataViewType;
        size = type?.Size ?? 0;
        return size > 0 && type!.ItemType.Equals(itemType);
    }
}
