using System.Security.Cryptography;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Models;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Stored states of users, mutated mostly behind their head, with a right checksum in most cases.</summary>
internal sealed class UserStateCases : ICaseKind
{
    public const string KindName = "state";

    private readonly MLContext _mlContext = new(seed: 1);
    private readonly Sample[] _samples;

    public UserStateCases() => _samples = [.. SampleModel.All.Select(Create)];

    public string Name => KindName;

    public Verdict Try(long number, Action<string> describe)
    {
        Random random = Damage.Generator(KindName, number);
        Sample sample = random.From(_samples);
        (byte[] bytes, string done) = Mutate(sample, random);
        describe($"state of {sample.Name}: {done}");
        try
        {
            using HydraUserState state = sample.Model.ReadState(bytes);
            Verdict verdict = ModelCheck.Use(sample.Model, state, mustBeFinite: false);
            if (verdict == Verdict.Overflow)
            {
                return verdict;    // a state whose numbers are no longer finite cannot be read again
            }

            using HydraUserState again = sample.Model.ReadState(state.ToBytes());
            return again.NumberOfEvents == state.NumberOfEvents ? verdict : throw new WrongResultException("A state changed when it was written and read.");
        }
        catch (InvalidDataException error)
        {
            return Refusal.Check(error);
        }
    }

    private static (byte[] Bytes, string Done) Mutate(Sample sample, Random random)
    {
        byte[] content = random.From(sample.States)[..^SHA256.HashSizeInBytes];
        (byte[] head, byte[] body) = (content[..sample.HeadLength], content[sample.HeadLength..]);
        (byte[] changed, string done) = random.Next(12) switch
        {
            0 => (Damage.Bytes(content, random), "any bytes"),
            1 => ([.. head, .. random.From(sample.Others)[sample.HeadLength..^SHA256.HashSizeInBytes]], "the body of a state of another model"),
            2 => ([.. random.From(sample.Others)[..^SHA256.HashSizeInBytes]], "a state of another model"),
            < 6 => ([.. head, .. Damage.Words(body, random.Next(4), random, asSingles: true)], "numbers of the state"),
            < 9 => ([.. head, .. Damage.Words(body, 0, random, asSingles: false)], "whole numbers"),
            9 => ([.. head, .. Damage.Double(body, sizeof(int), random)], "the last time"),
            _ => ([.. head, .. Damage.Bytes(body, random)], "bytes behind the head"),
        };
        return random.Next(15) switch
        {
            0 => ([.. changed, .. content.AsSpan(0, Math.Min(content.Length, SHA256.HashSizeInBytes))], done + ", a wrong checksum"),
            1 => ([.. changed, .. SHA256.HashData(changed), 0], done + ", a byte behind the end"),
            _ => ([.. changed, .. SHA256.HashData(changed)], done),
        };
    }

    private Sample Create(SampleModel sample)
    {
        HydraSequenceRecommendationTransformer model = RandomModel.Transformer(_mlContext, sample.Model, sample.Denied);
        SampleModel other = SampleModel.All[(SampleModel.All.ToList().IndexOf(sample) + 1) % SampleModel.All.Count];
        using HydraSequenceRecommendationTransformer otherModel = RandomModel.Transformer(_mlContext, other.Model, other.Denied);
        byte[][] states = [State(model, 0), State(model, 2), State(model, 5), State(model, 40)];
        return new Sample(sample.Name, model, states, [State(otherModel, 1), State(otherModel, 7)], states[1].AsSpan().CommonPrefixLength(states[2]));
    }

    private static byte[] State(HydraSequenceRecommendationTransformer model, int events)
    {
        using HydraUserState state = model.CreateState();
        ModelCheck.Append(state, model.Fitted.Vocabulary, events);
        return state.ToBytes();
    }

    /// <param name="Name">What is special about the model.</param>
    /// <param name="Model">The model.</param>
    /// <param name="States">States of it.</param>
    /// <param name="Others">States of another model.</param>
    /// <param name="HeadLength">Bytes that all states of the model begin with: mark, version and fingerprint.</param>
    private sealed record Sample(string Name, HydraSequenceRecommendationTransformer Model, byte[][] States, byte[][] Others, int HeadLength);
}
