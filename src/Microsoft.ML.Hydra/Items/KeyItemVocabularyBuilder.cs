namespace Microsoft.ML.Hydra.Items;

/// <summary>Keys bring their rows with them: there is nothing to build.</summary>
internal sealed class KeyItemVocabularyBuilder(KeyItemVocabulary vocabulary) : ItemVocabularyBuilder
{
    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        vocabulary.CreateHistoryReader(row, column);

    public override ItemVocabulary Build() => vocabulary;
}
