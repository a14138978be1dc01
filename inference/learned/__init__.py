"""What every learned part shares: its file, its measures, its certificates, its trees."""
