using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Prior;
using static System.FormattableString;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Fits how new items enter a model. The stand-ins, items from whose features W has not learned, are treated as new: they lose their own parts and their counted
/// links. The numbers are those with the best NDCG@10 for events of these items at which the other events lose no more of theirs than
/// <see cref="TrainerOptions.MaximumLossToNewItems"/>.
/// </summary>
internal static class NewItemFit
{
    private const int FewestEvents = 20;    // fewer say nothing

    private static readonly double[] s_scales = [0.5, 1];
    private static readonly double[] s_powers = [2, 4, 8];

    /// <summary>A trained model with the encoder of new items and its calibration.</summary>
    /// <param name="fitted">The model with its prior.</param>
    /// <param name="trained">What was trained, with features.</param>
    /// <param name="monitor">Receives the result, and is asked for cancellation where a cancelled fit throws.</param>
    public static FittedModel AddTo(FittedModel fitted, TrainingResult trained, TrainingMonitor monitor)
    {
        ItemFeatures items = trained.Items!;
        Action throwIfCancelled = fitted.Options.CancellationBehavior == CancellationBehavior.ReturnBestModel ? () => { } : monitor.ThrowIfCancelled;
        ItemEncoder encoder = ItemEncoder.Fold(items.Space, trained.FeatureMap(), fitted.Options.EmbeddingDimension, items.Content);
        float[] mapped = trained.MappedFeatures()!;
        FittedModel withEncoder = fitted with { Items = new ItemKnowledge(encoder, MappedCodes.Of(mapped, encoder.Width), NewItemCalibration.None) };
        if (trained.Data.ValidationSequences.Length == 0 || items.StandIns.Length == 0)
        {
            WarnOfTooFew(0);
            return withEncoder;
        }

        StandInEvents heldOut = StandInEvents.Ask(withEncoder, trained, mapped, throwIfCancelled);
        if (heldOut.NumberOfNewEvents < FewestEvents)
        {
            WarnOfTooFew(heldOut.NumberOfNewEvents);
            return withEncoder;
        }

        NewItemTrial? best = null;
        foreach (double power in s_powers)
        {
            throwIfCancelled();
            ItemLinks links = heldOut.FindLinks(power);
            foreach (double scale in s_scales)
            {
                NewItemTrial trial = heldOut.FindShare(links, power, scale);
                best = best is null || trial.NdcgOfNew > best.NdcgOfNew ? trial : best;
            }
        }

        monitor.NewItemsFitted(best!);
        return withEncoder with { Items = withEncoder.Items! with { Calibration = best!.Calibration } };

        void WarnOfTooFew(int events) => monitor.Warning(Invariant(
            $"New items may rank low: to fit how they enter the model, {FewestEvents} held-out events of items that stand in for new ones are needed, and there are {events}. Train on more sequences, with Validation = LeaveLastOut."));
    }

    /// <summary>Lets the items without events enter a model: those with rows, and those that only the view of items has.</summary>
    /// <param name="fitted">The model with its encoder.</param>
    /// <param name="trained">What was trained, with features.</param>
    /// <param name="numberLeftOut">Receives how many items of the view the encoder knows nothing of.</param>
    public static FittedModel EnterItemsWithoutEvents(FittedModel fitted, TrainingResult trained, out int numberLeftOut)
    {
        ItemFeatures items = trained.Items!;
        int width = fitted.Options.EmbeddingDimension, threads = fitted.Options.NumberOfThreads ?? Environment.ProcessorCount;
        float[] mapped = trained.MappedFeatures()!;
        float[] ofThese = [.. items.WithoutEvents.SelectMany(row => mapped.AsSpan(row * width, width).ToArray())];
        FittedModel entered = items.WithoutEvents.Length == 0 ? fitted : NewItems.Enter(fitted, items.WithoutEvents, ofThese, threads);
        return NewItems.Append(entered, items.Content, threads, out numberLeftOut);
    }
}
