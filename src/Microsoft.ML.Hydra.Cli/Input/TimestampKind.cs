namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>How times are written, from narrow to wide: a number column with one fraction in it is floating.</summary>
internal enum TimestampKind
{
    /// <summary>There are no times.</summary>
    None,

    /// <summary>64-bit integers.</summary>
    Integer,

    /// <summary>Double-precision numbers.</summary>
    Floating,

    /// <summary>ISO 8601 dates, with or without a time of day and an offset; without an offset they are UTC.</summary>
    Date,
}
