using System.CommandLine;
using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Serving;
using Microsoft.ML.Hydra.Benchmarks.SingleKernels;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Benchmarks.Walks;

/// <summary>
/// <c>walk NAME MODEL.zip</c>: runs one part of the library between two marks, <see cref="WalkStarts"/> and <see cref="WalkEnds"/>.
/// <c>eng/count-opened-files.sh</c> reads from the runtime's list of compiled methods which source files were first needed between the marks.
/// </summary>
internal sealed class WalkCommand : System.CommandLine.Command
{
    private const int Items = 50;
    private const int Users = 40;

    private readonly Argument<string> _walk = new("NAME") { Description = "train encoder load append recommend group; train makes the model that load, append and recommend read." };
    private readonly Argument<string> _model = new("MODEL.zip") { Description = "The model." };

    public WalkCommand()
        : base("walk", "Run one part of the library between two marks, for eng/count-opened-files.sh.")
    {
        _walk.AcceptOnlyFromAmong("train", "encoder", "load", "append", "recommend", "group");
        Arguments.Add(_walk);
        Arguments.Add(_model);
        SetAction(parsed => Run(parsed.GetRequiredValue(_walk), parsed.GetRequiredValue(_model)));
    }

    private static void Run(string walk, string modelPath)
    {
        var context = new MLContext(seed: 1);
        switch (walk)
        {
            case "train":
                Train(context, modelPath);
                break;
            case "encoder":
                Encoder();
                break;
            case "load":
                Load(context, modelPath);
                break;
            case "append":
                Append(context, modelPath);
                break;
            case "recommend":
                Recommend(context, modelPath);
                break;
            case "group":
                Group(context);
                break;
        }
    }

    // Runs in a separate process: a walk would miss the methods that training has called before.
    private static void Train(MLContext context, string modelPath)
    {
        IDataView sequences = Histories.View(context, Histories.Random(Users, length: 10, Items, seed: 1));
        using HydraSequenceRecommendationTransformer model = context.SequenceRecommendation().Trainers.Hydra(new HydraSequenceRecommendationTrainer.Options
        {
            EmbeddingDimension = 32,
            NumberOfLayers = 1,
            NumberOfEpochs = 1,
            UseCooccurrencePrior = false,
        }).Fit(sequences);
        context.Model.Save(model, sequences.Schema, modelPath);
    }

    // Weights, layout and encoder are made before, and the batch is read once: it belongs to another part.
    private static void Encoder()
    {
        var encoder = new EncoderBenchmark();
        SequenceBatch batch = RaceModel.Batch(sequences: 1, length: 2);
        GC.KeepAlive((batch.Items, batch.Positions));
        WalkStarts();
        encoder.ForwardAndBackward();
        WalkEnds();
    }

    private static void Load(MLContext context, string modelPath)
    {
        WalkStarts();
        ITransformer model = context.Model.Load(modelPath, out _);
        WalkEnds();
        (model as IDisposable)?.Dispose();
    }

    // Loading and CreateState come before: only methods that no earlier part has called count.
    private static void Append(MLContext context, string modelPath)
    {
        using var model = (HydraSequenceRecommendationTransformer)context.Model.Load(modelPath, out _);
        using HydraUserState state = model.CreateState();
        WalkStarts();
        state.Append(1);
        WalkEnds();
    }

    // Append comes before as well.
    private static void Recommend(MLContext context, string modelPath)
    {
        using var model = (HydraSequenceRecommendationTransformer)context.Model.Load(modelPath, out _);
        using HydraUserState state = model.CreateState();
        state.Append(1);
        var best = new RecommendedItem<int>[10];
        WalkStarts();
        state.Recommend(best.AsSpan());
        WalkEnds();
    }

    private static void Group(MLContext context)
    {
        var random = new Random(1);
        IDataView interactions = context.Data.LoadFromEnumerable(Enumerable.Range(0, Users * 10).Select(i => new Event
        {
            UserId = i % Users,
            ItemId = random.Next(1, Items + 1),
            Timestamp = i,
        }).ToArray());
        SequenceRecommendationCatalog catalog = context.SequenceRecommendation();
        WalkStarts();
        IDataView sequences = catalog.GroupInteractions(interactions, timestampColumnName: nameof(Event.Timestamp));
        using (DataViewRowCursor cursor = sequences.GetRowCursor(sequences.Schema))
        {
            ValueGetter<VBuffer<int>> items = cursor.GetGetter<VBuffer<int>>(sequences.Schema["Items"]);
            ValueGetter<VBuffer<long>> times = cursor.GetGetter<VBuffer<long>>(sequences.Schema["Timestamps"]);
            VBuffer<int> item = default;
            VBuffer<long> time = default;
            while (cursor.MoveNext())
            {
                items(ref item);
                times(ref time);
            }
        }

        WalkEnds();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WalkStarts()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WalkEnds()
    {
    }

    private sealed class Event
    {
        public int UserId { get; set; }

        public int ItemId { get; set; }

        public long Timestamp { get; set; }
    }
}
