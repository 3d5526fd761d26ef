namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>The rooms of the library and the arrows between them: the one table that the architecture tests hold the code to.</summary>
internal static class House
{
    public const string Root = "Microsoft.ML.Hydra";
    public const string LibraryAssembly = "Microsoft.ML.Hydra";

    /// <summary>The package of item texts; its own table is in <see cref="TextPackageTests"/>.</summary>
    public const string TextAssembly = "Microsoft.ML.Hydra.Text";

    /// <summary>Public classes that open the library. They use every room; no room uses them.</summary>
    public const string Doors = "(doors)";

    /// <summary>The other types of the root namespace: options, enumerations, metrics. Every room may name them.</summary>
    public const string Values = "(values)";

    public static readonly Room[] Rooms =
    [
        //   room          its own rooms                                                                           TorchSharp  ML.NET
        new("Numerics",    [],                                                                                      false,      false),
        new("Persistence", [],                                                                                      false,      false),
        new("Items",       [],                                                                                      false,      true),
        new("Sequences",   ["Items"],                                                                               false,      true),
        new("Prior",       ["Items"],                                                                               false,      false),
        new("Features",    ["Numerics", "Items"],                                                                   false,      true),
        new("Options",     ["Numerics", "Items", "Prior"],                                                          false,      false),
        new("Scoring",     ["Numerics", "Items", "Prior"],                                                          false,      true),
        new("Fitted",      ["Numerics", "Persistence", "Items", "Prior", "Features", "Options", "Scoring"],         false,      true),
        new("Evaluation",  ["Numerics", "Items", "Prior", "Features", "Scoring"],                                   false,      true),
        new("Interop",     ["Persistence", "Items", "Scoring"],                                                     false,      true),
        new("Compute",     ["Numerics"],                                                                            true,       false),
        new("Model",       ["Numerics", "Persistence", "Compute"],                                                  true,       false),
        new("Training",    ["Numerics", "Persistence", "Items", "Prior", "Features", "Options", "Scoring", "Fitted", "Interop", "Compute", "Model"], true, true),
        new("Tuning",      ["Persistence", "Items", "Options", "Training"],                                         false,      true),
        new(Values,        [],                                                                                      false,      true),
        new(Doors,         ["Persistence", "Items", "Sequences", "Features", "Options", "Scoring", "Fitted", "Evaluation", "Interop", "Compute", "Training", "Tuning"], false, true),
    ];

    /// <summary>Root types that are doors; a type inside another counts as the outer one unless it is in the next list.</summary>
    public static readonly string[] DoorTypes =
    [
        "Microsoft.ML.HydraExtensions",
        "Microsoft.ML.Hydra.HydraModelParameters",
        "Microsoft.ML.Hydra.HydraSearchSpace",
        "Microsoft.ML.Hydra.HydraSequenceRecommendationTrainer",
        "Microsoft.ML.Hydra.HydraSequenceRecommendationTransformer",
        "Microsoft.ML.Hydra.HydraTorch",
        "Microsoft.ML.Hydra.HydraTrainingDivergedException",
        "Microsoft.ML.Hydra.HydraUserState",
        "Microsoft.ML.Hydra.SequenceRecommendationCatalog",
    ];

    /// <summary>Types inside a door that are values.</summary>
    public static readonly string[] ValuesInsideDoors =
    [
        "Microsoft.ML.Hydra.HydraSequenceRecommendationTrainer/Options",
    ];

    /// <summary>The arrows that run against the table, each with its reason. One that is no longer there fails a test.</summary>
    public static readonly (string From, string To, string Reason)[] Exceptions =
    [
        ("Microsoft.ML.Hydra.Interop.HydraModelLoader", "Microsoft.ML.Hydra.HydraSequenceRecommendationTransformer", "ML.NET's loader makes the transformer"),
        ("Microsoft.ML.Hydra.Interop.NativeTorch", "TorchSharp.torch", "its static constructor loads the native library"),
        ("Microsoft.ML.Hydra.Interop.NativeTorch", "TorchSharp.DeviceType", "the device that is initialised"),
    ];

    public static Room Named(string name) => Rooms.Single(room => room.Name == name);
}
