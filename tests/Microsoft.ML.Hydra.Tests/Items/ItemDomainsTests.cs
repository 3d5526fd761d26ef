using Microsoft.ML.Hydra.Items;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Items;

/// <summary>Domains know their items, and what was written is read again or refused in one sentence.</summary>
public sealed class ItemDomainsTests
{
    private static readonly ItemDomains s_domains = new(["east", "wést"], [-1, 0, 1, -1, 1, 0]);

    [Fact]
    public void A_domain_knows_its_rows_and_their_places()
    {
        Assert.Equal([0, 1, 5], s_domains.Rows(0));
        Assert.Equal([0, 2, 4], s_domains.Rows(1));
        Assert.Equal((1, 2, 2), (s_domains.PlaceOf(2), s_domains.PlaceOf(4), s_domains.PlaceOf(5)));
        Assert.Equal((0, 1, -1), (s_domains.IndexOf("east"), s_domains.IndexOf("wést"), s_domains.IndexOf("west")));
        Assert.Equal(~0b10_0010UL, s_domains.Excluded(0)[0]);
        Assert.Equal(~0b01_0100UL, s_domains.Excluded(1)[0]);
        Assert.Equal([0, 1, 5, 7], s_domains.Append([1, 0]).Rows(0));
    }

    [Fact]
    public void What_was_written_is_read()
    {
        ItemDomains read = ItemDomainsFormat.Read(new MemoryStream(Bytes()), 5);

        Assert.Equal(s_domains.Names, read.Names);
        Assert.Equal(s_domains.OfItems.ToArray(), read.OfItems.ToArray());
    }

    [Fact]
    public void Damage_is_refused()
    {
        byte[] bytes = Bytes();
        Assert.Throws<EndOfStreamException>(() => ItemDomainsFormat.Read(new MemoryStream(bytes[..^1]), 5));
        Assert.Equal("The domains go on after the last item; save the model again.", Refusal([.. bytes, 0]));
        Assert.Equal("The domains are of version 2, but this library reads version 1; load the model with the library that saved it.", Refusal([2, .. bytes[1..]]));
        Assert.Equal("It says that there are 0 domains; save the model again.", Refusal([.. bytes[..4], 0, .. bytes[5..]]));
        Assert.Equal("Item 5 is in domain 2 of 2; save the model again.", Refusal([.. bytes[..^4], 2, 0, 0, 0]));
        Assert.Equal("Item 5 is in domain -2 of 2; save the model again.", Refusal([.. bytes[..^4], 0xFE, 0xFF, 0xFF, 0xFF]));

        static string Refusal(byte[] bytes) => Assert.Throws<InvalidDataException>(() => ItemDomainsFormat.Read(new MemoryStream(bytes), 5)).Message;
    }

    [Fact]
    public void Events_after_the_last_one_of_the_own_domain_are_left_out_and_sequences_without_one_too()
    {
        var data = new SequenceDataset([1, 2, 5, 4, 2, 1, 2, 4, 3], [0, 4, 7, 9], 5, [.. Enumerable.Range(0, 9 * EventClock.Features).Select(i => (float)i)]);

        SequenceDataset placed = data.InDomains(s_domains, [0, 0, 1]);

        Assert.Equal(3, placed.Count);
        Assert.Equal([1, 2, 5], placed[0].ToArray());
        Assert.Equal([2, 1], placed[1].ToArray());
        Assert.Equal([4], placed[2].ToArray());
        Assert.Equal(data.Times(1)[..(2 * EventClock.Features)].ToArray(), placed.Times(1).ToArray());
        Assert.Equal((0, 0, 1), (placed.DomainOf(0), placed.DomainOf(1), placed.DomainOf(2)));
        Assert.Equal(2, data.InDomains(s_domains, [0, 0, 0]).Count);
    }

    private static byte[] Bytes()
    {
        using var stream = new MemoryStream();
        ItemDomainsFormat.Write(stream, s_domains);
        return stream.ToArray();
    }
}
