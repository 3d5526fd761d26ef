namespace Microsoft.ML.Hydra.Text;

/// <summary>How a <see cref="TextEncoder"/> reads texts. A folder that was tuned states its own values, which hold for what is not set here.</summary>
public sealed class TextEncoderOptions
{
    /// <summary>The tokens of a text where nothing is stated.</summary>
    internal const int DefaultMaximumTokens = 128;

    private string? _prompt;
    private int? _maximumTokens;
    private int? _numberOfThreads;

    /// <summary>Put before every text, as the model expects it, such as "passage: ". Default: empty, or what a tuned folder states.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Prompt
    {
        get => _prompt ?? "";
        set => _prompt = value ?? throw new ArgumentNullException(nameof(value), $"{nameof(Prompt)} is null; give a text, which may be empty.");
    }

    /// <summary>
    /// The most tokens of a text, those of the prompt and those that the tokenizer adds included. A longer text loses its end. From 2; where the model has
    /// fewer positions, those count. Default: 128, or what a tuned folder states.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 2.</exception>
    public int MaximumTokens
    {
        get => _maximumTokens ?? DefaultMaximumTokens;
        set => _maximumTokens = value >= 2
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, FormattableString.Invariant($"{nameof(MaximumTokens)} is {value}; give 2 or more."));
    }

    /// <summary>How the vectors of tokens become the vector of the text. Default: <see cref="TextPooling.Automatic"/>.</summary>
    public TextPooling Pooling { get; set; }

    /// <summary>
    /// Threads that encode texts at once; they change no bit of a vector. From 1. Default: null, all processors.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? NumberOfThreads
    {
        get => _numberOfThreads;
        set => _numberOfThreads = value is null or >= 1
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), value, FormattableString.Invariant($"{nameof(NumberOfThreads)} is {value}; give 1 or more, or null for all processors."));
    }

    /// <summary>The prompt that was set; null when none was.</summary>
    internal string? StatedPrompt => _prompt;

    /// <summary>The number of tokens that was set; null when none was.</summary>
    internal int? StatedMaximumTokens => _maximumTokens;
}
