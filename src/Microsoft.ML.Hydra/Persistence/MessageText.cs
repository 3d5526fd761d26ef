namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Text out of a file as an error message may show it: short and without control characters.</summary>
internal static class MessageText
{
    private const int MaximumLength = 60;

    public static string Of(string text)
    {
        string start = text.Length <= MaximumLength ? text : text[..MaximumLength] + "...";
        return string.Concat(start.Select(c => char.IsControl(c) ? '?' : c));
    }
}
