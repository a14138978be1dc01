"""What ``doctrail train`` runs, and the card it writes."""
