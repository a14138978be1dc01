"""How a document's state follows from its facts, whatever order they came in: two SQL views."""

from __future__ import annotations

RUN_STATES = """
CREATE VIEW run_states AS
WITH runs AS (
    SELECT document_id, run_id, min(at) AS opened_at, max(at) AS changed_at,
        max(run_cause) AS run_cause, max(parent_id) AS parent_id,
        max(CASE topic WHEN 'documents.extracted' THEN 2 WHEN 'documents.classified' THEN 1 ELSE 0 END)
            AS reached
    FROM facts
    WHERE run_id IS NOT NULL
    GROUP BY document_id, run_id
)
SELECT r.document_id, r.run_id, r.opened_at, r.changed_at, r.run_cause, r.parent_id, r.reached,
    (SELECT c.status FROM facts c
     WHERE c.document_id = r.document_id AND c.topic = 'records.completed' AND c.run_id = r.run_id
     ORDER BY c.revision DESC LIMIT 1) AS completed,
    (SELECT q.review_id FROM facts q
     WHERE q.document_id = r.document_id AND q.topic = 'reviews.requested' AND q.run_id = r.run_id
        AND NOT EXISTS (SELECT 1 FROM facts d
            WHERE d.review_id = q.review_id AND d.topic = 'reviews.decided')
     ORDER BY q.at DESC, q.review_id LIMIT 1) AS review_id,
    EXISTS (SELECT 1 FROM facts x
     WHERE x.document_id = r.document_id AND x.topic = 'dead_letters' AND x.run_id = r.run_id
        AND x.agent <> 'catalog'
        AND NOT EXISTS (SELECT 1 FROM facts o
            WHERE o.trigger_id = x.origin_id AND o.source = 'doctrail/' || x.agent)) AS dead
FROM runs r
"""
"""A dead letter is open until the agent that gave up has answered the very message after all."""

DOCUMENT_STATES = """
CREATE VIEW document_states AS
WITH newest AS (
    SELECT n.document_id, n.run_id, n.run_cause, n.reached, n.completed, n.review_id, n.dead,
        (SELECT y.position FROM facts y
         WHERE y.document_id = n.document_id AND y.topic = 'documents.classified' AND y.doc_type IS NOT NULL
         ORDER BY y.at DESC, y.fact_id LIMIT 1) AS typed,
        (SELECT z.position FROM facts z
         WHERE z.document_id = n.document_id AND z.topic = 'records.completed'
         ORDER BY z.revision DESC, z.fact_id LIMIT 1) AS standing
    FROM run_states n
    WHERE n.run_id = (
        SELECT m.run_id FROM facts m
        WHERE m.document_id = n.document_id AND m.run_id IS NOT NULL AND m.topic <> 'dead_letters'
        GROUP BY m.run_id ORDER BY min(m.at) DESC, m.run_id DESC LIMIT 1)
)
SELECT p.document_id,
    CASE WHEN p.completed IS NOT NULL THEN p.completed
        WHEN p.dead THEN 'dead_lettered'
        WHEN p.review_id IS NOT NULL THEN 'in_review'
        WHEN p.reached = 2 THEN 'extracted'
        WHEN p.reached = 1 THEN 'classified'
        ELSE 'submitted' END AS state,
    p.run_id, p.run_cause, t.doc_type, t.confidence, t.reason,
    CASE WHEN p.completed IS NULL THEN p.review_id END AS review_id,
    c.revision, c.status AS record_status,
    c.object_uri AS record_uri, c.object_sha256 AS record_sha256, c.object_size AS record_size,
    (SELECT max(f.parent_id) FROM facts f WHERE f.document_id = p.document_id) AS parent_id,
    (SELECT s.name FROM submissions s WHERE s.document_id = p.document_id
     ORDER BY s.at, s.submission_id LIMIT 1) AS name,
    (SELECT min(f.at) FROM facts f WHERE f.document_id = p.document_id) AS submitted_at,
    (SELECT max(f.at) FROM facts f WHERE f.document_id = p.document_id) AS changed_at
FROM newest p
LEFT JOIN facts t ON t.position = p.typed
LEFT JOIN facts c ON c.position = p.standing
"""
"""The newest run says where a document stands; its record is the highest revision of any run."""
