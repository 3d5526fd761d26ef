using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.Hydra.Options;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Options;

public sealed class OptionRangesTests
{
    private static readonly PropertyInfo[] s_ranged = [.. Ranged(typeof(TrainerOptions))];

    /// <summary>Every number of the trainer's options.</summary>
    public static TheoryData<string> Numbers { get; } = [.. s_ranged.Select(property => property.Name)];

    [Fact]
    public void Every_number_but_the_seed_states_its_range() => Assert.Equal(
        ["Seed"],
        typeof(TrainerOptions).GetProperties()
            .Where(property => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is Type type && (type == typeof(int) || type == typeof(double)))
            .Except(s_ranged)
            .Select(property => property.Name));

    [Theory]
    [InlineData("EmbeddingDimension", 4097, "between 0 and 4096")]
    [InlineData("MaximumTokensPerBatch", -1, "between 0 and 100000000")]
    [InlineData("FinalLearningRateFraction", 1.1, "between 0 and 1")]
    [InlineData("NumberOfWarmupSteps", -1, "at least 0")]
    [InlineData("NumberOfRecommendations", 0, "at least 1")]
    [InlineData("MaximumGradientNorm", double.PositiveInfinity, "at least 0")]
    [InlineData("Beta2", 1, "at least 0 and below 1")]
    [InlineData("DropoutRate", -0.1, "at least 0 and below 1")]
    [InlineData("Temperature", double.NaN, "a number above 0")]
    [InlineData("LearningRate", -0.5, "a number above 0")]
    public void A_number_out_of_range_is_refused_by_name_value_and_range(string option, double value, string range)
    {
        ArgumentOutOfRangeException error = Refused(option, value);
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; it must be {range}."), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_range_ends_where_its_property_says(string option)
    {
        PropertyInfo property = s_ranged.Single(known => known.Name == option);
        var range = property.GetCustomAttribute<RangeAttribute>()!;
        bool isWhole = range.Maximum is int;
        double lowest = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), highest = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);

        // The nearest numbers outside and inside of each end.
        Refused(option, isWhole ? lowest - 1 : range.MinimumIsExclusive ? lowest : -double.Epsilon);
        OptionRanges.Check(With(option, range.MinimumIsExclusive ? double.Epsilon : lowest));
        OptionRanges.Check(With(option, range.MaximumIsExclusive ? Math.BitDecrement(highest) : highest));
        if (!isWhole)
        {
            Refused(option, range.MaximumIsExclusive ? highest : Math.BitIncrement(highest));
            Refused(option, double.NaN);
            Refused(option, double.PositiveInfinity);
        }
        else if (highest < int.MaxValue)
        {
            Refused(option, highest + 1);
        }
    }

    [Fact]
    public void The_documentation_states_every_range()
    {
        Dictionary<string, XElement> members = XElement.Load(Path.ChangeExtension(typeof(TrainerOptions).Assembly.Location, ".xml"))
            .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
        PropertyInfo[] ranged = [.. s_ranged, .. Ranged(typeof(HydraTuningOptions))];
        Assert.All(ranged, property =>
        {
            XElement member = members[$"P:{property.DeclaringType!.FullName!.Replace('+', '.')}.{property.Name}"];
            member = member.Element("inheritdoc")?.Attribute("cref") is { } source ? members[source.Value] : member;
            string summary = Regex.Replace(member.Element("summary")!.Value, @"\s+", " ").Replace(",", "", StringComparison.Ordinal);
            string stated = property.GetCustomAttribute<RangeAttribute>() switch
            {
                { MinimumIsExclusive: true } range => $"above {range.Minimum}",
                { MaximumIsExclusive: true } range => $"{range.Minimum} to below {range.Maximum}",
                { Maximum: int.MaxValue or double.MaxValue } range => $"at least {range.Minimum}",
                var range => $"{range!.Minimum} to {range.Maximum}",
            };
            Assert.Matches($@"(?i)(^|[;.] ){Regex.Escape(stated)}(?=[;,.]| at most| a multiple)", summary);
        });
    }

    [Fact]
    public void The_defaults_are_in_range() => OptionRanges.Check(new TrainerOptions());

    [Theory]
    [InlineData("Loss")]
    [InlineData("Validation")]
    [InlineData("CancellationBehavior")]
    public void An_undefined_choice_is_refused(string option)
    {
        var options = new TrainerOptions();
        PropertyInfo property = typeof(TrainerOptions).GetProperty(option)!;
        property.SetValue(options, Enum.ToObject(property.PropertyType, 99));
        ArgumentException error = Assert.Throws<ArgumentOutOfRangeException>(() => OptionRanges.Check(options));
        Assert.StartsWith($"{option} is 99; it must be one of {string.Join(", ", Enum.GetNames(property.PropertyType))}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ItemsColumnName")]
    [InlineData("LabelColumnName")]
    public void A_column_needs_a_name(string option)
    {
        foreach (string? name in new[] { "", null })
        {
            var options = new TrainerOptions();
            typeof(TrainerOptions).GetProperty(option)!.SetValue(options, name);
            ArgumentException error = Assert.Throws<ArgumentException>(() => OptionRanges.Check(options));
            Assert.StartsWith($"{option} is empty; give the name of a column.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_each_other_are_refused()
    {
        Assert.StartsWith(
            "EmbeddingDimension is 64, which NumberOfLatentHeads 5 does not divide; choose a multiple, or set LatentHeadDimension.",
            Message(o => o.NumberOfLatentHeads = 5), StringComparison.Ordinal);
        Assert.StartsWith(
            "InnerHeadDimension is 12, which does not divide the inner width 32 of a latent head (2 times 16); choose a divisor of 32.",
            Message(o => o.InnerHeadDimension = 12), StringComparison.Ordinal);
        Assert.StartsWith(
            "UseRotaryGate needs UseItemGate = true, as it turns that gate; set both or neither.",
            Message(o => (o.UseRotaryGate, o.UseItemGate) = (true, false)), StringComparison.Ordinal);
        Assert.StartsWith("UseRotaryGate needs an even latent head dimension; it is 3.",
            Message(o => (o.UseRotaryGate, o.UseItemGate, o.LatentHeadDimension, o.InnerHeadDimension) = (true, true, 3, 2)), StringComparison.Ordinal);
        Assert.StartsWith(
            "ResumeFromCheckpoint is set but CheckpointDirectory is not; name the directory of the interrupted run.",
            Message(o => o.ResumeFromCheckpoint = true), StringComparison.Ordinal);

        static string Message(Action<TrainerOptions> change)
        {
            var options = new TrainerOptions { EmbeddingDimension = 64 };
            change(options);
            return Assert.Throws<ArgumentException>(() => OptionRanges.Check(options)).Message;
        }
    }

    [Fact]
    public void What_hangs_on_an_open_width_is_not_judged_before_it_is_known() =>
        OptionRanges.Check(new TrainerOptions { NumberOfLatentHeads = 5, InnerHeadDimension = 7, UseItemGate = true, UseRotaryGate = true });

    [Fact]
    public void A_latent_head_dimension_frees_the_embedding_from_the_heads()
    {
        var options = new TrainerOptions { EmbeddingDimension = 50, NumberOfLatentHeads = 3, LatentHeadDimension = 8 };
        OptionRanges.Check(options);
        Assert.Equal(8, ResolvedOptions.LatentWidthOf(options));
    }

    private static ArgumentOutOfRangeException Refused(string option, double value)
    {
        TrainerOptions options = With(option, value);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => OptionRanges.Check(options));
        Assert.Equal(option, error.ParamName);
        return error;
    }

    private static IEnumerable<PropertyInfo> Ranged(Type type) => type.GetProperties().Where(property => property.IsDefined(typeof(RangeAttribute)));

    private static TrainerOptions With(string option, double value)
    {
        var options = new TrainerOptions();
        PropertyInfo property = typeof(TrainerOptions).GetProperty(option)!;
        property.SetValue(options, Convert.ChangeType(value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, CultureInfo.InvariantCulture));
        if (option == "LatentHeadDimension" && value == 4096)
        {
            options.InnerHeadDimension = 1024;
        }

        return options;
    }
}
