using Microsoft.ML.Hydra.Robustness.Mutation;

namespace Microsoft.ML.Hydra.Robustness.Cases;

/// <summary>The kinds of mutated contents.</summary>
internal static class CaseKinds
{
    private static readonly (string Name, int Share, Func<ICaseKind> Create)[] s_all =
    [
        (ModelZipCases.KindName, 1, () => new ModelZipCases()),
        (UserStateCases.KindName, 10, () => new UserStateCases()),
        (CheckpointCases.KindName, 50, () => new CheckpointCases()),
        (JournalCases.KindName, 50, () => new JournalCases()),
        (SearchSpaceCases.KindName, 20, () => new SearchSpaceCases()),
        (SelfTestCases.KindName, 0, () => new SelfTestCases()),
    ];

    /// <summary>Names, and for each how many of the requested cases one of its cases stands for. Without that which tests the harness itself.</summary>
    public static IEnumerable<(string Name, int Share)> All => s_all.Where(kind => kind.Share > 0).Select(kind => (kind.Name, kind.Share));

    /// <summary>A kind by its name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ICaseKind Create(string name) => s_all.FirstOrDefault(kind => kind.Name == name).Create?.Invoke()
        ?? throw new ArgumentException($"There is no kind '{name}' of cases; expected one of {string.Join(", ", s_all.Select(kind => kind.Name))}.");
}

/// <summary>Cases that end or hang their process, to test what counts them: number 3 ends it, number 8 does not return.</summary>
internal sealed class SelfTestCases : ICaseKind
{
    public const string KindName = "self-test";

    private const int Ending = 3;
    private const int Hanging = 8;

    public string Name => KindName;

    public Verdict Try(long number, Action<string> describe)
    {
        switch (number)
        {
            case Ending:
                Environment.Exit(7);
                break;
            case Hanging:
                Thread.Sleep(Timeout.Infinite);
                break;
        }

        return Verdict.Works;
    }
}
