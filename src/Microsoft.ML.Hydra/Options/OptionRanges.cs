using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Microsoft.ML.Hydra.Options;

/// <summary>Checks options before anything is read or made: each number against the range that its property states, each choice against its type.</summary>
internal static class OptionRanges
{
    /// <summary>Throws one sentence about the first of the trainer's options that is out of its range or does not fit the others.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it, its value and the range.</exception>
    public static void Check(TrainerOptions o)
    {
        RequireName(nameof(o.ItemsColumnName), o.ItemsColumnName);
        RequireName(nameof(o.LabelColumnName), o.LabelColumnName);
        RequireName(nameof(o.TimestampsColumnName), o.TimestampsColumnName ?? "none");
        RequireName(nameof(o.DomainColumnName), o.DomainColumnName ?? "none");
        RequireName(nameof(o.ItemIdColumnName), o.ItemIdColumnName);
        RequireName(nameof(o.ItemTextColumnName), o.ItemTextColumnName);
        RequireName(nameof(o.ItemFeaturesColumnName), o.ItemFeaturesColumnName);
        CheckProperties(o);
        CheckSizes(o);
        if (o.ResumeFromCheckpoint && string.IsNullOrWhiteSpace(o.CheckpointDirectory))
        {
            throw new ArgumentException(
                "ResumeFromCheckpoint is set but CheckpointDirectory is not; name the directory of the interrupted run.", nameof(o.CheckpointDirectory));
        }
    }

    /// <summary>Throws one sentence about the first property whose number is out of its <see cref="RangeAttribute"/> or whose choice is undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The message names the property, its value and the range.</exception>
    public static void CheckProperties<T>(T options)
        where T : class
    {
        foreach ((PropertyInfo property, RangeAttribute? range) in Checked<T>.Properties)
        {
            object? value = property.GetValue(options);
            if (value is Enum choice && !Enum.IsDefined(property.PropertyType, choice))
            {
                throw Outside(property.Name, choice, $"one of {string.Join(", ", Enum.GetNames(property.PropertyType))}");
            }

            if (value is not null && range is not null && !Contains(range, Number(value)))
            {
                throw Outside(property.Name, value, Describe(range));
            }
        }
    }

    /// <summary>The error that an option is out of its range.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="value">Its value.</param>
    /// <param name="range">What it must be, for the end of a sentence.</param>
    public static ArgumentOutOfRangeException Outside(string name, object value, string range) =>
        new(name, string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be {range}."));

    // NaN fails both comparisons and is refused.
    private static bool Contains(RangeAttribute range, double value) =>
        (range.MinimumIsExclusive ? value > Number(range.Minimum) : value >= Number(range.Minimum))
        && (range.MaximumIsExclusive ? value < Number(range.Maximum) : value <= Number(range.Maximum));

    private static double Number(object value) => value is int whole ? whole : (double)value;

    private static string Describe(RangeAttribute range) => range switch
    {
        { MinimumIsExclusive: true } => $"a number above {range.Minimum}",
        { MaximumIsExclusive: true } => $"at least {range.Minimum} and below {range.Maximum}",
        { Maximum: int.MaxValue or double.MaxValue } => $"at least {range.Minimum}",
        _ => $"between {range.Minimum} and {range.Maximum}",    // whole numbers and 0 or 1: the same in every culture
    };

    private static void RequireName(string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            throw new ArgumentException($"{name} is empty; give the name of a column.", name);
        }
    }

    private static void CheckSizes(TrainerOptions o)
    {
        if (o.UseRotaryGate && !o.UseItemGate)
        {
            throw new ArgumentException("UseRotaryGate needs UseItemGate = true, as it turns that gate; set both or neither.", nameof(o.UseRotaryGate));
        }

        if (o.EmbeddingDimension == 0 && o.LatentHeadDimension == 0)
        {
            return;    // checked again when the data, or an earlier model, have given the width
        }

        if (o.LatentHeadDimension == 0 && o.EmbeddingDimension % o.NumberOfLatentHeads != 0)
        {
            throw new ArgumentException(
                $"EmbeddingDimension is {o.EmbeddingDimension}, which NumberOfLatentHeads {o.NumberOfLatentHeads} does not divide; choose a multiple, or set LatentHeadDimension.",
                nameof(o.EmbeddingDimension));
        }

        int latent = ResolvedOptions.LatentWidthOf(o);
        int inner = o.ExpansionFactor * latent;
        if (inner % o.InnerHeadDimension != 0)
        {
            throw new ArgumentException(
                $"InnerHeadDimension is {o.InnerHeadDimension}, which does not divide the inner width {inner} of a latent head ({o.ExpansionFactor} times {latent}); choose a divisor of {inner}.",
                nameof(o.InnerHeadDimension));
        }

        if (o.UseRotaryGate && latent % 2 != 0)
        {
            throw new ArgumentException(
                $"UseRotaryGate needs an even latent head dimension; it is {latent}.", nameof(o.UseRotaryGate));
        }
    }

    private static class Checked<T>
    {
        // In the order in which they are declared.
        public static readonly (PropertyInfo Property, RangeAttribute? Range)[] Properties = Array.ConvertAll(
            Array.FindAll(typeof(T).GetProperties(), property => property.PropertyType.IsEnum || property.IsDefined(typeof(RangeAttribute))),
            property => (property, property.GetCustomAttribute<RangeAttribute>()));
    }
}
