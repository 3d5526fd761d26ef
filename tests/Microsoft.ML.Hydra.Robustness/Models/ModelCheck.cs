using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Robustness.Cases;

namespace Microsoft.ML.Hydra.Robustness.Models;

/// <summary>Uses a model that was loaded: it must recommend valid items with finite scores.</summary>
internal static class ModelCheck
{
    // Larger weights may overflow in float32 without an error of the library.
    private const float LargestTrustedWeight = 50;

    // Scores are divided by it.
    private const double LeastTrustedTemperature = 1e-6;

    private static readonly PropertyInfo s_idType = typeof(ItemVocabulary).GetProperty("IdType", BindingFlags.NonPublic | BindingFlags.Instance)!;

    private static readonly ConcurrentDictionary<Type, Func<HydraUserState, ItemVocabulary, HydraSequenceRecommendationTransformer, bool>> s_checks = new();

    /// <summary>Recommends to a new user and to one with a few events.</summary>
    /// <exception cref="WrongResultException">A recommendation is not valid.</exception>
    public static Verdict Use(HydraSequenceRecommendationTransformer model)
    {
        float largest = 0;
        foreach (NamedTensor weight in model.Fitted.Weights)
        {
            foreach (float value in weight.Values<float>())
            {
                largest = float.IsFinite(value) ? Math.Max(largest, Math.Abs(value)) : throw new WrongResultException("A model with a weight that is not finite was accepted.");
            }
        }

        TrainerOptions options = model.Fitted.Options;
        bool isTemperate = !options.NormalizeScores || options.Temperature >= LeastTrustedTemperature;
        using (HydraUserState state = NewState(model))
        {
            Verdict verdict = Use(model, state, mustBeFinite: largest <= LargestTrustedWeight && isTemperate);
            return verdict == Verdict.Works && model.Fitted.Items is not null ? Extend(model, isTemperate) : verdict;
        }
    }

    private static HydraUserState NewState(HydraSequenceRecommendationTransformer model) =>
        model.Model.Domains is [string domain, ..] ? model.CreateState(domain) : model.CreateState();

    // Adds an item, unless damage has renamed a column or changed the type of the items.
    private static Verdict Extend(HydraSequenceRecommendationTransformer model, bool isTemperate)
    {
        TrainerOptions options = model.Fitted.Options, usual = new();
        if (model.Fitted.Vocabulary is not TextItemVocabulary || model.Fitted.Items!.Encoder.Mean.Length is not (0 or 2)
            || (options.ItemIdColumnName, options.ItemTextColumnName, options.ItemFeaturesColumnName) != (usual.ItemIdColumnName, usual.ItemTextColumnName, usual.ItemFeaturesColumnName))
        {
            return Verdict.Works;
        }

        using HydraSequenceRecommendationTransformer larger = model.WithItems(
            new MLContext().Data.LoadFromEnumerable([new NewItem { ItemId = "never seen", Text = RandomModel.Words, Features = [1, float.NaN] }]));
        int added = larger.Model.NumberOfItems - model.Model.NumberOfItems;
        if (added != 1 && !(added == 0 && model.Fitted.Items.Encoder.Mean.Length == 0))    // of no words at all nothing is known
        {
            throw new WrongResultException($"{added} of 1 new items were added.");
        }

        float largest = larger.Fitted.Weights.SelectMany(weight => weight.Values<float>()).Max(value => float.IsFinite(value) ? Math.Abs(value) : float.PositiveInfinity);
        using HydraUserState state = NewState(larger);
        return Use(larger, state, mustBeFinite: largest <= LargestTrustedWeight && isTemperate);
    }

    /// <summary>Recommends to a user before and after more events.</summary>
    /// <param name="model">The model.</param>
    /// <param name="state">The user's state.</param>
    /// <param name="mustBeFinite">Whether scores that are not finite are a failure.</param>
    /// <exception cref="WrongResultException">A recommendation is not valid.</exception>
    public static Verdict Use(HydraSequenceRecommendationTransformer model, HydraUserState state, bool mustBeFinite)
    {
        ItemVocabulary vocabulary = model.Fitted.Vocabulary;
        bool isFinite = s_checks.GetOrAdd(IdType(vocabulary), type => typeof(ModelCheck)
            .GetMethod(nameof(Follow), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type)
            .CreateDelegate<Func<HydraUserState, ItemVocabulary, HydraSequenceRecommendationTransformer, bool>>())(state, vocabulary, model);
        return isFinite ? Verdict.Works
            : mustBeFinite ? throw new WrongResultException("A score is not finite though no weight is large.")
            : Verdict.Overflow;
    }

    /// <summary>Appends events of known items, an hour apart.</summary>
    public static void Append(HydraUserState state, ItemVocabulary vocabulary, int events) => typeof(ModelCheck)
        .GetMethod(nameof(AppendTyped), BindingFlags.NonPublic | BindingFlags.Static)!
        .MakeGenericMethod(IdType(vocabulary))
        .Invoke(null, [state, vocabulary, events]);

    private static void AppendTyped<TItem>(HydraUserState state, ItemVocabulary vocabulary, int events)
    {
        for (int i = 0; i < events; i++)
        {
            state.Append(vocabulary.Ids<TItem>().IdOf(1 + (i * 3 % vocabulary.Count)), i * 3600.0);
        }
    }

    private static bool Follow<TItem>(HydraUserState state, ItemVocabulary vocabulary, HydraSequenceRecommendationTransformer model)
        where TItem : notnull
    {
        IItemIds<TItem> ids = vocabulary.Ids<TItem>();
        HashSet<TItem> denied = [.. (model.Recommendations.DeniedItems?.Cast<object>() ?? []).Select(id => ids.IdOf(vocabulary.Find(id)))];

        // Values of keys may be the same for several keys, and need not be equal to themselves.
        bool areDistinct = Enumerable.Range(1, vocabulary.Count).Select(ids.IdOf).Distinct().Count() == vocabulary.Count
            && Enumerable.Range(1, vocabulary.Count).All(row => ids.FindRow(ids.IdOf(row)) == row);
        bool isFinite = Recommend(state, ids, areDistinct ? denied : null);
        var seen = new HashSet<TItem>();
        for (int step = 0; step < 3; step++)
        {
            TItem item = ids.IdOf(1 + (step * 5 % vocabulary.Count));
            int before = state.NumberOfEvents;
            state.Append(item, step * 3600.0);
            if (state.NumberOfEvents < before)
            {
                throw new WrongResultException("The number of events fell.");
            }

            seen.Add(item);
            isFinite &= Recommend(state, ids, areDistinct ? [.. denied, .. model.Recommendations.ExcludeSeenItems ? seen : []] : null);
        }

        return isFinite;
    }

    private static bool Recommend<TItem>(HydraUserState state, IItemIds<TItem> ids, HashSet<TItem>? excluded)
        where TItem : notnull
    {
        var items = new HashSet<TItem>();
        bool isFinite = true;
        foreach (RecommendedItem<TItem> recommended in state.Recommend<TItem>(5))
        {
            isFinite &= float.IsFinite(recommended.Score);
            if (excluded is not null && (ids.FindRow(recommended.Item) <= 0 || !items.Add(recommended.Item) || excluded.Contains(recommended.Item)))
            {
                throw new WrongResultException($"An item was recommended that is unknown, denied, seen, or in the list already: {recommended.Item}");
            }
        }

        return isFinite;
    }

    // The type that a caller gives and receives; protected, as no other part of the library asks for it
    private static Type IdType(ItemVocabulary vocabulary) => (Type)s_idType.GetValue(vocabulary)!;
}

/// <summary>An item that a model is to take.</summary>
internal sealed class NewItem
{
    public string ItemId { get; set; } = "";

    public string Text { get; set; } = "";

    [VectorType(2)]
    public float[] Features { get; set; } = [];
}
