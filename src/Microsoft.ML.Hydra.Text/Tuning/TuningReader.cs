using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.Featurizing;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>Reads the views of a tuning: histories as item rows, and the tokens of the items.</summary>
/// <param name="encoder">Makes the tokens.</param>
/// <param name="options">The names of the columns.</param>
internal sealed class TuningReader(FolderEncoder encoder, TextTuningOptions options)
{
    /// <summary>Reads both views: the items once, the sequences once more where they have domains.</summary>
    /// <param name="sequences">A row a user.</param>
    /// <param name="items">A row an item.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">A row of the items has no item, an item of an earlier row, or no domain, or an item occurs in two domains.</exception>
    public TuningInputs Read(IDataView sequences, IDataView items)
    {
        Action throwIfCancelled = options.CancellationToken.ThrowIfCancellationRequested;
        SequenceData read = SequenceReader.Read(sequences, options.ItemsColumnName, checkCancelled: throwIfCancelled);
        var domains = new TuningDomains(options.DomainColumnName);
        DataViewSchema.Column? ofSequences = domains.Find(sequences.Schema, "the sequences"), ofItems = domains.Find(items.Schema, "the view of items");
        if (options.DomainColumnName is string name && ofSequences is null && ofItems is null)
        {
            throw DomainColumn.Missing(name, "the sequences and in the view of items", sequences.Schema.Concat(items.Schema).Where(column => !column.IsHidden).Select(column => column.Name).Distinct());
        }

        (int[]?[] tokens, ItemVocabulary vocabulary) = ReadTexts(items, read.Vocabulary, domains, ofItems, throwIfCancelled);
        if (ofSequences is { } domain)
        {
            domains.ReadSequences(sequences, SequenceReader.FindItemsColumn(sequences.Schema, options.ItemsColumnName), domain, vocabulary);
        }

        SequenceDataset histories = read.Dataset.WithNumberOfItems(vocabulary.Count);
        TrainingData data = TrainingData.Split(histories, SequenceValidation.LeaveLastOut, 0, new RandomStreams(options.Seed).ValidationSample());
        return new TuningInputs(encoder.Folder.Weights, encoder.Settings.Pooling, tokens, data, domains.OfItems(vocabulary.Count)) { Vocabulary = vocabulary };
    }

    private (int[]?[] Tokens, ItemVocabulary Vocabulary) ReadTexts(
        IDataView items, ItemVocabulary known, TuningDomains domains, DataViewSchema.Column? domain, Action throwIfCancelled)
    {
        DataViewSchema.Column id = FindId(items, known);
        var schema = new TextVectorSchema(new TextColumns(options.OutputColumnName, options.TextColumnNames), encoder, items.Schema);
        ItemVocabularyBuilder builder = ItemVocabularyBuilder.Extending(known);
        var tokens = new List<int[]?>(new int[known.Count + 1][]);
        var described = new HashSet<int>();
        using DataViewRowCursor cursor = items.GetRowCursor([id, .. schema.TextsFor([true]), .. new[] { domain }.OfType<DataViewSchema.Column>()]);
        LabelReader readItem = builder.CreateItemReader(cursor, id);
        Func<string> readText = schema.TextOf(cursor);
        DomainReader? readDomain = domain is { } column ? DomainColumn.CreateReader(cursor, column) : null;
        for (long row = 1; cursor.MoveNext(); row++)
        {
            throwIfCancelled();
            int item = readItem();
            if (item == 0)
            {
                throw new InvalidOperationException(
                    FormattableString.Invariant($"Row {row} of the view of items has no item in column \"{options.ItemIdColumnName}\" (empty text, 0, or a key that is missing or out of range); leave such rows out."));
            }

            if (!described.Add(item))
            {
                throw new InvalidOperationException(
                    FormattableString.Invariant($"Row {row} of the view of items describes item {builder.Build().NameOf(item)} of column \"{options.ItemIdColumnName}\", which an earlier row describes too; keep one row for each item."));
            }

            while (tokens.Count <= item)
            {
                tokens.Add(null);
            }

            domains.State(item, row, readDomain);
            string text = readText();
            tokens[item] = TextEncoder.SaysSomething(text) ? encoder.Tokens(text) : null;
        }

        ItemVocabulary vocabulary = builder.Build();
        while (tokens.Count <= vocabulary.Count)
        {
            tokens.Add(null);
        }

        return ([.. tokens], vocabulary);
    }

    private DataViewSchema.Column FindId(IDataView items, ItemVocabulary known)
    {
        DataViewSchema.Column column = items.Schema.GetColumnOrNull(options.ItemIdColumnName) ?? throw new ArgumentException(
            $"The view of items has no column \"{options.ItemIdColumnName}\" with the item; it has {string.Join(", ", items.Schema.Where(column => !column.IsHidden).Select(column => $"\"{column.Name}\""))}. Name the column with ItemIdColumnName.");
        if (column.Type is VectorDataViewType)
        {
            throw new ArgumentException($"Column \"{options.ItemIdColumnName}\" of the view of items is of type {column.Type}, but a row describes one item: give one id in each row.");
        }

        known.CheckColumn(column);
        return column;
    }
}
