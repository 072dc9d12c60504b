"""The Hardware Phase: models, data and explorers of an interactive book on China's AI hardware push."""
