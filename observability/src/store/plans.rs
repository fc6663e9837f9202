//! Plans and the states of their tasks.

use super::StoreError;
use crate::plan::{Plan, Task, TaskStatus};
use rusqlite::{Connection, OptionalExtension, params};

/// What one change of a task brought about.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskChange {
    /// The plan's session.
    pub session_id: String,
    /// The task, as it is now.
    pub task: Task,
    /// Tasks of the same plan that became ready by it.
    pub released: Vec<Task>,
}

pub(super) fn save(connection: &Connection, plan: &Plan) -> Result<(), StoreError> {
    let body = serde_json::to_string(&Plan { tasks: Vec::new(), ..plan.clone() })
        .map_err(|_| StoreError::Unreadable("plan"))?;
    let added = connection
        .prepare_cached(
            "INSERT INTO plans (plan_id, session_id, created_at, body, directory) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![plan.plan_id, plan.session_id, plan.created_at, body, plan.directory])?;
    if added == 0 {
        return Ok(());
    }
    add_tasks(connection, plan)
}

/// Puts other tasks and another line in the place of a plan's; false when the plan is not as `is_wanted` wants it.
pub(super) fn replace(
    connection: &Connection,
    plan: &Plan,
    is_wanted: impl FnOnce(&Plan) -> bool,
) -> Result<bool, StoreError> {
    let before = load(connection, &plan.plan_id)?.ok_or(StoreError::Missing("plan"))?;
    if !is_wanted(&before) {
        return Ok(false);
    }
    connection.prepare_cached("DELETE FROM tasks WHERE plan_id = ?1")?.execute([&plan.plan_id])?;
    let body = serde_json::to_string(&Plan { tasks: Vec::new(), ..plan.clone() })
        .map_err(|_| StoreError::Unreadable("plan"))?;
    connection
        .prepare_cached("UPDATE plans SET body = ?2 WHERE plan_id = ?1")?
        .execute(params![plan.plan_id, body])?;
    add_tasks(connection, plan).map(|()| true)
}

fn add_tasks(connection: &Connection, plan: &Plan) -> Result<(), StoreError> {
    for (position, task) in (0_i64..).zip(&plan.tasks) {
        connection
            .prepare_cached(
                "INSERT INTO tasks (plan_id, position, task_id, status, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![plan.plan_id, position, task.task_id, task.status.as_str(), task_body(task)?])?;
    }
    Ok(())
}

pub(super) fn load(connection: &Connection, plan_id: &str) -> Result<Option<Plan>, StoreError> {
    let body: Option<String> = connection
        .prepare_cached("SELECT body FROM plans WHERE plan_id = ?1")?
        .query_row([plan_id], |row| row.get(0))
        .optional()?;
    body.map(|body| assemble(connection, plan_id, &body)).transpose()
}

pub(super) fn of_session(connection: &Connection, session_id: &str) -> Result<Vec<Plan>, StoreError> {
    several(
        connection,
        "SELECT plan_id, body FROM plans WHERE session_id = ?1 ORDER BY created_at DESC LIMIT 50",
        session_id,
    )
}

pub(super) fn of_workspace(
    connection: &Connection,
    directory: &str,
    limit: u32,
) -> Result<Vec<Plan>, StoreError> {
    let sql = format!(
        "SELECT plan_id, body FROM plans WHERE directory = ?1 ORDER BY created_at DESC LIMIT {limit}"
    );
    several(connection, &sql, directory)
}

pub(super) fn with_tasks_in(connection: &Connection, status: TaskStatus) -> Result<Vec<Plan>, StoreError> {
    several(
        connection,
        "SELECT plan_id, body FROM plans WHERE plan_id IN (SELECT plan_id FROM tasks WHERE status = ?1)",
        status.as_str(),
    )
}

fn several(connection: &Connection, sql: &str, parameter: &str) -> Result<Vec<Plan>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows =
        statement.query_map([parameter], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    rows.iter().map(|(plan_id, body)| assemble(connection, plan_id, body)).collect()
}

fn assemble(connection: &Connection, plan_id: &str, body: &str) -> Result<Plan, StoreError> {
    let mut plan: Plan = serde_json::from_str(body).map_err(|_| StoreError::Unreadable("plan"))?;
    plan.tasks = tasks(connection, plan_id)?;
    Ok(plan)
}

fn tasks(connection: &Connection, plan_id: &str) -> Result<Vec<Task>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT body FROM tasks WHERE plan_id = ?1 ORDER BY position")?;
    let rows = statement.query_map([plan_id], |row| row.get::<_, String>(0))?;
    rows.map(|body| read_task(&body?)).collect()
}

pub(super) fn change_task(
    connection: &Connection,
    plan_id: &str,
    task_id: &str,
    change: impl FnOnce(&mut Task) -> Result<(), StoreError>,
    now_ms: i64,
) -> Result<TaskChange, StoreError> {
    let session_id: String = connection
        .prepare_cached("SELECT session_id FROM plans WHERE plan_id = ?1")?
        .query_row([plan_id], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::Missing("plan"))?;
    let body: String = connection
        .prepare_cached("SELECT body FROM tasks WHERE plan_id = ?1 AND task_id = ?2")?
        .query_row([plan_id, task_id], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::Missing("task"))?;
    let mut task = read_task(&body)?;
    change(&mut task)?;
    store_task(connection, plan_id, &task)?;
    // Only a completed task releases others.
    let released =
        if task.status == TaskStatus::Completed { release(connection, plan_id, now_ms)? } else { Vec::new() };
    Ok(TaskChange { session_id, task, released })
}

pub(super) fn change_tasks(
    connection: &Connection,
    plan_id: &str,
    change: impl Fn(&mut Task) -> Result<bool, StoreError>,
    now_ms: i64,
) -> Result<Plan, StoreError> {
    let mut plan = load(connection, plan_id)?.ok_or(StoreError::Missing("plan"))?;
    for task in &mut plan.tasks {
        if change(task)? {
            store_task(connection, plan_id, task)?;
        }
    }
    release(connection, plan_id, now_ms)?;
    plan.tasks = tasks(connection, plan_id)?;
    Ok(plan)
}

/// Makes planned tasks ready whose dependencies are all completed.
pub(super) fn release(connection: &Connection, plan_id: &str, now_ms: i64) -> Result<Vec<Task>, StoreError> {
    let mut planned = connection.prepare_cached(
        "SELECT body FROM tasks WHERE plan_id = ?1 AND status = 'planned' ORDER BY position",
    )?;
    let planned =
        planned.query_map([plan_id], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut completed = connection
        .prepare_cached("SELECT 1 FROM tasks WHERE plan_id = ?1 AND task_id = ?2 AND status = 'completed'")?;
    let mut released = Vec::new();
    for body in planned {
        let mut task = read_task(&body)?;
        let mut open = false;
        for dependency in &task.depends_on {
            if !completed.exists([plan_id, dependency])? {
                open = true;
                break;
            }
        }
        if !open {
            task.advance(TaskStatus::Ready, now_ms)?;
            store_task(connection, plan_id, &task)?;
            released.push(task);
        }
    }
    Ok(released)
}

fn read_task(body: &str) -> Result<Task, StoreError> {
    serde_json::from_str(body).map_err(|_| StoreError::Unreadable("task"))
}

fn store_task(connection: &Connection, plan_id: &str, task: &Task) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE tasks SET status = ?3, body = ?4 WHERE plan_id = ?1 AND task_id = ?2")?
        .execute(params![plan_id, task.task_id, task.status.as_str(), task_body(task)?])?;
    Ok(())
}

fn task_body(task: &Task) -> Result<String, StoreError> {
    serde_json::to_string(task).map_err(|_| StoreError::Unreadable("task"))
}
