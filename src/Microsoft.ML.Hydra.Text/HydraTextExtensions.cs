using Microsoft.ML.Hydra;

namespace Microsoft.ML;

/// <summary>Adds the texts of items to <see cref="SequenceRecommendationCatalog"/>.</summary>
public static class HydraTextExtensions
{
    /// <param name="recommendation">The catalog, from <c>mlContext.SequenceRecommendation()</c>.</param>
    extension(SequenceRecommendationCatalog recommendation)
    {
        /// <summary>
        /// Vectors of the texts of items: a language model that encodes them, and its tuning on what users did.
        /// </summary>
        /// <remarks>
        /// Needs the package <c>Microsoft.ML.Hydra.Text</c>. A model that was trained on such vectors is scored without that package and without the language model;
        /// only the texts of items that are added later are encoded again.
        /// </remarks>
        /// <exception cref="ArgumentNullException">The catalog is <see langword="null"/>.</exception>
        public Hydra.Text.ItemTextCatalog Text
        {
            get
            {
                ArgumentNullException.ThrowIfNull(recommendation);
                return new Hydra.Text.ItemTextCatalog(recommendation.Environment);
            }
        }
    }
}
